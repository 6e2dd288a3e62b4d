// The words and colors of all figures, in the visitor's language. Not handed over as props: Gradio forgets the props of
// a figure in a tab that has not been opened when it updates one of them.

const answer = await fetch(new URL("../page", import.meta.url));
export const { words, colors } = await answer.json();
