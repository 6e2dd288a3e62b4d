// An image from the clipboard goes the same way as an uploaded file.

const TYPED_IN = "input:not([type=range], [type=checkbox], [type=radio]), textarea, [contenteditable]";

/** Hand an image that is pasted while `root` is to be seen to the button that `upload` () names; text fields keep what is pasted into them. */
export function onImagePaste(root, upload) {
  document.addEventListener("paste", (event) => {
    const file = [...(event.clipboardData?.files ?? [])].find(({ type }) => type.startsWith("image/"));
    const field = document.querySelector(upload())?.parentElement.querySelector(":scope > input[type=file]");
    if (!file || !field || !root.offsetParent || event.target.closest?.(TYPED_IN)) return;
    event.preventDefault();
    const files = new DataTransfer();
    files.items.add(file);
    field.files = files.files;
    field.dispatchEvent(new Event("change", { bubbles: true }));
  });
}
