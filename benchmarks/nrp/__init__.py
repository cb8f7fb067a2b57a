"""Published shift scheduling instances of Curtois and Qu, solved by the engine of the product."""
