"""What watches the contact center: metrics' catalogue, dashboards, alerts; generated from here."""
