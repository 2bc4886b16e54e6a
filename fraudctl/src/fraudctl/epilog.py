"""What stands below the options in `--help`. Backspace on a line of its own keeps line breaks as they are."""

from typing import Final

EXIT_CODES_AND_ENVIRONMENT: Final = """\
\b
exit codes:
  0    done
  1    it failed; one line on standard error says why and what to do
  2    wrong usage
  3    simulate: the service cannot be reached; judge: B is rejected;
       registry promote, rollback: refused, production is as it was;
       registry verify: the release is not what was published
  4    judge: undecided
  130  stopped by Ctrl-C (143: by kill); nothing is left running

\b
environment:
  WANDB_API_KEY, WANDB_PROJECT   the W&B account, also read from .env; without a
                                 key all goes to an embedded registry in var/wandb
  FRAUDCTL_HOST, FRAUDCTL_PORT   where demo and serve listen
  FRAUD_*                        settings of the service that demo and serve start
  FRAUDCTL_HOME                  folder of .env and var/ (default: the checkout)
  NO_COLOR                       set it for output without colours
"""


def examples(*commands: str) -> str:
    """The commands under a heading."""
    return "\n".join(("\b", "examples:", *(f"  {command}" for command in commands)))
