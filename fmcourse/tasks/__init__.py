"""Questions asked of a model: labels to learn, kinds of question, facts in long texts, people who compare."""
