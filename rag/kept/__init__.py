"""What is kept of people's conversations: whose they are, the answers as they were given, and how they leave."""
