/** What an engine takes for the name of a container, and its own driver for that of a volume. */
export const NAME_PATTERN = /^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/
