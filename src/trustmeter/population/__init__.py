"""Who lives there? Known numbers of people, read from files of official statistics, put together for police zones."""
