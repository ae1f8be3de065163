package io.epona.simulator.cli;

import io.epona.engine.replica.ProtocolMutation;
import io.epona.simulator.workload.Campaign;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

import java.io.PrintStream;
import java.util.List;
import java.util.concurrent.Callable;

/**
 * Plants one bug after the other, and says after how many seeds it was found.
 */
@Command(name = "mutants", description = "Plant known bugs and say how long each lives.", sortOptions = false)
final class MutantsCommand implements Callable<Integer>
{
    @Option(
        names = "--only", paramLabel = "M", split = ",",
        description = "Bugs to plant; by default all that are named for what has to find them.")
    private List<ProtocolMutation> only;

    @Option(
        names = "--from", paramLabel = "SEED", split = ",",
        description = "First seeds, a hunt from each: ${DEFAULT-VALUE} by default.")
    private List<Long> from = List.of(1L, 1001L, 2001L);

    @Option(
        names = "--seeds", paramLabel = "N",
        description = "Seeds after which a bug survives, ${DEFAULT-VALUE} by default.")
    private long seeds = 1_000;

    @Option(
        names = "--faults", paramLabel = "on|off",
        description = "Whether anything else goes wrong, on by default. Without, each bug is to live.")
    private SimulatorCommand.Faults faults = SimulatorCommand.Faults.on;

    @Option(names = "--threads", paramLabel = "N", description = "Bugs at a time, by default one to a processor.")
    private int threads = Runtime.getRuntime().availableProcessors();

    private final PrintStream out;

    MutantsCommand(final PrintStream out)
    {
        this.out = out;
    }

    @Override
    public Integer call() throws Exception
    {
        final List<ProtocolMutation> mutations = null == only ? Campaign.mutations() : only;
        final boolean isFaulty = SimulatorCommand.Faults.on == faults;
        try (SeedPool<String> pool = new SeedPool<>(
            threads, 0, mutations.size(), (i) -> Campaign.hunt(mutations.get((int)i), isFaulty, from, seeds)))
        {
            while (pool.hasNext())
            {
                out.println(pool.next());
            }
        }

        return 0;
    }
}
