"""What the library says in public: news, events, services, lists, policies with their versions, and where links lead."""
