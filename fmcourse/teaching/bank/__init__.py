"""The term questions, by what is drawn: people of the small world, numbers, lists, pictures, planted bugs."""
