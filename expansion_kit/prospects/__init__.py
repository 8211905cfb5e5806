"""With whom? The pipeline of franchise prospects, their scores with reasons, whom to call, and who gets what."""
