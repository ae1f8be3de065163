package io.epona.simulator.cli;

import io.epona.engine.replica.ProtocolMutation;
import io.epona.simulator.World;
import io.epona.simulator.workload.Campaign;
import io.epona.simulator.workload.Distribution;
import io.epona.simulator.workload.Run;
import io.epona.simulator.workload.RunResult;
import io.epona.simulator.workload.SavedRun;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;

/**
 * Runs seeds of the simulator, and says what they showed.
 */
@Command(
    name = "epona-simulator",
    description = "Run a cluster in a simulated world, seed after seed, until an invariant breaks.",
    sortOptions = false)
final class SimulatorCommand implements Callable<Integer>
{
    private static final int CLEAN = 0;
    private static final int USAGE = 2;
    private static final int VIOLATION = 4;
    private static final int INFRASTRUCTURE = 6;
    private static final String DETERMINISM = "DETERMINISM";
    private static final String TOO_LITTLE = "TOO_LITTLE";
    /** Every so many seeds one is run twice, to see that the same happens. */
    private static final int REPEATED = 50;

    enum Faults
    {
        on, off
    }

    @Option(names = "--from", paramLabel = "SEED", description = "First seed, ${DEFAULT-VALUE} by default.")
    private long from = 1;

    @Option(names = "--seeds", paramLabel = "N", description = "Number of seeds, ${DEFAULT-VALUE} by default.")
    private long seeds = 1;

    @Option(names = "--mutation", paramLabel = "M", description = "Bug to plant: ${COMPLETION-CANDIDATES}.")
    private ProtocolMutation mutation = ProtocolMutation.NONE;

    @Option(names = "--faults", paramLabel = "on|off", description = "Whether anything goes wrong, on by default.")
    private Faults faults = Faults.on;

    @Option(names = "--inputs", paramLabel = "FILE", description = "Run the inputs that stand in a file, of no seed.")
    private Path inputs;

    @Option(names = "--trace", description = "Write down everything that happens. Use it with one seed.")
    private boolean isTraced;

    @Option(names = "--threads", paramLabel = "N", description = "Seeds at a time, by default one to a processor.")
    private int threads = Runtime.getRuntime().availableProcessors();

    @Option(names = "--shrink", description = "Make the list of what happened in a failing run smaller, and print it.")
    private boolean isShrinking;

    @Option(names = {"-h", "--help"}, usageHelp = true, description = "Show this.")
    private boolean isHelpWanted;

    private final PrintStream out;

    private SimulatorCommand(final PrintStream out)
    {
        this.out = out;
    }

    static int run(final PrintStream out, final PrintStream err, final String... args)
    {
        final CommandLine line = new CommandLine(new SimulatorCommand(out));
        line.addSubcommand(new ModelCommand(out));
        line.addSubcommand(new MutantsCommand(out));
        line.addSubcommand(new GuardsCommand(out));
        line.setOut(new PrintWriter(out, true));
        line.setErr(new PrintWriter(err, true));
        line.setExecutionExceptionHandler((error, commandLine, parsed) ->
        {
            error.printStackTrace(err);
            return INFRASTRUCTURE;
        });

        return line.execute(args);
    }

    @Override
    public Integer call() throws Exception
    {
        if (seeds < 1 || threads < 1)
        {
            out.println("--seeds and --threads must be at least 1");
            return USAGE;
        }

        if (null != inputs)
        {
            return runInputs();
        }

        final Distribution distribution = new Distribution();
        RunResult failed = null;
        String broken = null;
        try (SeedPool<Outcome> pool = new SeedPool<>(isTraced ? 1 : threads, from, seeds, this::runSeed))
        {
            while (null == broken && pool.hasNext())
            {
                final Outcome outcome = pool.next();
                distribution.add(outcome.result);
                broken = outcome.broken();
                failed = null == broken ? null : outcome.result;
            }
        }

        out.print(distribution.report());
        out.println("invariants never checked: " + distribution.vacuous());
        out.println("guards never reached: " + distribution.unreached());
        if (null == broken)
        {
            out.println("clean: " + seeds + " seeds from " + from);
            return CLEAN;
        }

        return explain(failed, broken);
    }

    private int explain(final RunResult failed, final String broken)
    {
        if (null != failed.cause())
        {
            failed.cause().printStackTrace(out);
        }
        failed.violations().forEach((violation) -> out.println(violation));
        if (isShrinking && !failed.isClean())
        {
            final SavedRun saved = new Campaign(out).shrink(failed, mutation);
            out.print(saved.toText("seed " + failed.scenario().seed() + ", mutation " + mutation + ": " + broken));
        }
        out.println("violation: seed " + failed.scenario().seed() + " " + broken);

        return VIOLATION;
    }

    private int runInputs() throws IOException
    {
        final SavedRun saved = SavedRun.parse(Files.readString(inputs));
        final RunResult result =
            Run.of(saved.scenario(), saved.inputs(), mutation, isTraced ? this::print : null);
        if (result.isClean())
        {
            out.println("clean: " + inputs);
            return CLEAN;
        }

        return explain(result, result.violations().get(0).invariant().toString());
    }

    /** A seed that was run, once or twice. */
    private record Outcome(RunResult result, boolean isFaulty, boolean isRepeatable)
    {
        private String broken()
        {
            return !isRepeatable ? DETERMINISM :
                !result.isClean() ? result.violations().get(0).invariant().toString() :
                isFaulty && null != result.missing() ? TOO_LITTLE + ": " + result.missing() : null;
        }
    }

    private Outcome runSeed(final long seed)
    {
        final boolean isFaulty = Faults.on == faults;
        final RunResult result = Campaign.run(seed, mutation, isFaulty, isTraced ? this::print : null);
        final boolean isRepeated = 0 == seed % REPEATED && result.isClean();

        return new Outcome(
            result,
            isFaulty,
            !isRepeated || Campaign.run(seed, mutation, isFaulty, null).traceHash() == result.traceHash());
    }

    private void print(final long nowNs, final String text)
    {
        out.printf(Locale.ROOT, "%13.6f %s%n", (double)nowNs / World.SECOND, text);
    }
}
