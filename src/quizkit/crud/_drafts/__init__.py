"""The draft of a quiz: what authors edit until they publish it. An edit after publishing creates the next draft."""
