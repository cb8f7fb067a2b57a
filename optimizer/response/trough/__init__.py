"""Off-phone work in the troughs (知质培一体化): placed where calls miss it least, taken back when they turn, owed until done."""

from optimizer.response.trough.improve import TroughParams
from optimizer.response.trough.ledger import owed
from optimizer.response.trough.placement import Placed, place
from optimizer.response.trough.recall import RecallParams, TakenBack, take_back
from optimizer.response.trough.room import off_phones

__all__ = ["Placed", "RecallParams", "TakenBack", "TroughParams", "off_phones", "owed", "place", "take_back"]
