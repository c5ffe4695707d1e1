"""What the server says of its limits and faults, in English."""

UNAVAILABLE = "This cannot be done just now. Who hosts this has been told; please try again later."
WRITING = "The documents are being written by another program: try again when it has ended."
NOT_THERE = "This is not there any more."
TOO_MANY_WAITING = (
    "{n} of your questions are waiting already. Please ask again when one has been answered, in about {seconds} seconds."
)
TOO_MANY_ASKED = "You have asked many questions within a minute. Please wait {seconds} seconds."
TOO_MANY_REQUESTS = "Too many requests. Please wait {seconds} seconds."
QUEUE_FULL = "Many people are asking just now. Please try again in about {seconds} seconds."
STOPPING = "The server is being stopped. Please ask again in a minute."
