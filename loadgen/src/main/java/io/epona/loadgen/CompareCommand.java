package io.epona.loadgen;

import io.epona.loadgen.compare.ChildRun;
import io.epona.loadgen.compare.Comparison;
import io.epona.loadgen.scenario.BundledScenarios;
import io.epona.loadgen.scenario.Scenario;
import io.epona.loadgen.scenario.ScenarioException;
import io.epona.loadgen.scenario.ScenarioReader;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

/**
 * {@code compare SCENARIO --driver A --driver B}
 */
@Command(
    name = "compare",
    mixinStandardHelpOptions = true,
    description = "Run a scenario on two drivers in alternating pairs, each run in a fresh JVM, and tell the ratios.")
final class CompareCommand implements Callable<Integer>
{
    private static final int MAX_PAIRS = 200;
    private static final long OVERHEAD_NS = TimeUnit.SECONDS.toNanos(60);

    private final Console console;

    @Parameters(index = "0", paramLabel = "SCENARIO", description = "A bundled name (see: list) or a YAML file.")
    private String name;

    @Option(names = "--driver", paramLabel = "NAME", required = true,
        description = "Given twice: first A, then B. Ratios are A's figures over B's.")
    private List<String> drivers = new ArrayList<>();

    @Option(names = "--pairs", paramLabel = "N", defaultValue = "10",
        description = "Pairs of runs, 1 to 200 (default: ${DEFAULT-VALUE}); an interval takes 6.")
    private int pairs;

    @Mixin
    private LoadOptions options;

    @Option(names = "--out", paramLabel = "DIR", defaultValue = RunCommand.SCRATCH,
        description = "Folder in which the comparison makes its own (default: ${DEFAULT-VALUE}).")
    private Path out;

    CompareCommand(final Console console)
    {
        this.console = console;
    }

    @Override
    public Integer call() throws IOException, InterruptedException
    {
        if (2 != drivers.size())
        {
            throw new ScenarioException("--driver is given twice, once for each of the two that are compared, not " +
                drivers.size() + " times");
        }
        if (pairs < 1 || pairs > MAX_PAIRS)
        {
            throw new ScenarioException("--pairs takes 1 to " + MAX_PAIRS + ": " + pairs);
        }

        final String yaml = BundledScenarios.text(name);
        final Scenario a = ScenarioReader.read(yaml, options.overrides(drivers.get(0)));
        final Scenario b = ScenarioReader.read(yaml, options.overrides(drivers.get(1)));
        final long runNs = a.phases().warmupNs() + a.phases().measureNs();
        console.out().printf("%d runs of %.1f s and what goes with them%n", 2 * pairs, runNs / 1e9);
        console.out().flush();

        return new Comparison(
            a, b, pairs, new ChildRun(runNs + a.phases().drainNs() + OVERHEAD_NS), console.out()).run(out);
    }
}
