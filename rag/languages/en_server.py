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

WIDGETS = "In the pages of other sites"
WIDGETS_WHY = "Each line goes to the end of a site's pages, or into their head, and works there only. A click selects it."
WIDGETS_NONE = "There is no widget yet. Who hosts this makes one:"
WIDGET_TRY = "See it in a page"
WIDGET_SIGNED = "The site names its users: the signature of each is made on its server."
WIDGET_EXAMPLE = "The widget is in this page, as a site's visitors see it. This is what their pages need:"
WIDGET_GUEST = "Here you are a guest; a site that names its users shows them the conversations they had."
