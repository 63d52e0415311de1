"""Signs by which services are known: headers of Exchange, hosts of Microsoft, pages to log on at."""
