"""Topics for `pjterm help TOPIC`, one Markdown file each."""
