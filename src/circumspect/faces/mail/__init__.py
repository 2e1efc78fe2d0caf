"""Mail that comes to the library: a door for mail servers, and a look into a mailbox."""
