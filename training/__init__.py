"""How our own weights are made: data recipe, training, export and figures. Never imported by the program."""
