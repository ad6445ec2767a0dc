"""What the public sees: values and words of pages, their markup, and the headers of the web host."""
