// Programs that a test starts print plainly, also when nx asks for colours.
delete process.env.FORCE_COLOR;
