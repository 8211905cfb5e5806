"""Where? What a site would sell and earn, how it scores and how sure that is, and which sites together."""
