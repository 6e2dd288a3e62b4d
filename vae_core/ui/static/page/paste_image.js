// Uploads an image that the visitor pastes.

const TEXT_FIELDS = "input:not([type=range], [type=checkbox], [type=radio]), textarea, [contenteditable]";

/**
 * Upload an image that is pasted while `root` is visible. What is pasted into a text field stays there.
 * @param {HTMLElement} root
 * @param {() => string} uploadButton the selector of the upload button to take the image
 */
export function onImagePaste(root, uploadButton) {
  document.addEventListener("paste", (event) => {
    const file = [...(event.clipboardData?.files ?? [])].find(({ type }) => type.startsWith("image/"));
    const field = document.querySelector(uploadButton())?.parentElement?.querySelector(":scope > input[type=file]");
    const isTyping = event.target instanceof Element && event.target.closest(TEXT_FIELDS);
    if (!file || !(field instanceof HTMLInputElement) || !root.offsetParent || isTyping) return;
    event.preventDefault();
    const transfer = new DataTransfer();
    transfer.items.add(file);
    field.files = transfer.files;
    field.dispatchEvent(new Event("change", { bubbles: true }));
  });
}
