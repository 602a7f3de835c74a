"""copytaster: judges incoming copy and passes it on."""
