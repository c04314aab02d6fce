"""The infrastructure of Atelier Cad'rart: a shop in two colours, and a staging database copied from production's."""
