package io.epona.simulator.cli;

import io.epona.engine.replica.ProtocolMutation;
import io.epona.simulator.workload.GuardHunt;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

import java.io.PrintStream;
import java.util.List;
import java.util.concurrent.Callable;

/**
 * Deletes guards of the protocol, one at a time, and says what misses them.
 */
@Command(
    name = "guards",
    description = "Delete guards, in the runs in which they decide something, and say how long each is not missed.",
    sortOptions = false)
final class GuardsCommand implements Callable<Integer>
{
    @Option(names = "--only", paramLabel = "NO_G", split = ",", description = "Guards to delete; all by default.")
    private List<ProtocolMutation> only;

    @Option(names = "--from", paramLabel = "SEED", description = "First seed, ${DEFAULT-VALUE} by default.")
    private long from = 1;

    @Option(names = "--seeds", paramLabel = "N", description = "Number of seeds, ${DEFAULT-VALUE} by default.")
    private long seeds = 1_000;

    @Option(
        names = "--tries", paramLabel = "N",
        description = "Runs without a guard after which it is given up, ${DEFAULT-VALUE} by default.")
    private int tries = 1_000;

    @Option(names = "--threads", paramLabel = "N", description = "Seeds at a time, by default one to a processor.")
    private int threads = Runtime.getRuntime().availableProcessors();

    private final PrintStream out;

    GuardsCommand(final PrintStream out)
    {
        this.out = out;
    }

    @Override
    public Integer call() throws Exception
    {
        final GuardHunt hunt = new GuardHunt(null == only ? GuardHunt.all() : only, tries);
        long seed = from;
        try (SeedPool<List<GuardHunt.Tried>> pool = new SeedPool<>(threads, from, seeds, hunt::tryAll))
        {
            while (hunt.isGoingOn() && pool.hasNext())
            {
                hunt.take(seed++, pool.next()).forEach(out::println);
            }
        }
        hunt.rest().forEach(out::println);
        out.println((seed - from) + " seeds from " + from);

        return 0;
    }
}
