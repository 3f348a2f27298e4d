"""placeholder"""
def exists(nb): return False
def load(nb): return []
def quiz(nb): return None
warmup = answer = quiz
