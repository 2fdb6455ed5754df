"""Jobs: films and edits that outlive their process."""
