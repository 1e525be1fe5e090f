"""What Django runs: one migration for each version of cartcore's tables, from 9 on."""
