import { Component, type ReactNode } from "react";
import { ProblemAlert } from "./ProblemAlert";

/** Shows what broke a screen in its place; the menu stays. */
export class Boundary extends Component<{ children: ReactNode }, { error?: unknown }> {
  override state: { error?: unknown } = {};

  static getDerivedStateFromError(error: unknown) {
    return { error };
  }

  override render() {
    if (this.state.error === undefined) return this.props.children;
    return <ProblemAlert error={this.state.error} retry={() => this.setState({ error: undefined })} />;
  }
}
