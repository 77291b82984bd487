"""What owners do over the API: `settling` has them create their queues, `editing` change them, by lot.

Each change is noted in the notebook too, by the rules that are written there.
"""
