package io.epona.loadgen;

import io.epona.loadgen.compare.Comparison;
import io.epona.loadgen.driver.Drivers;
import io.epona.loadgen.launch.ChildRun;
import io.epona.loadgen.page.Reports;
import io.epona.loadgen.report.RunFolder;
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
 * {@code compare SCENARIO [SCENARIO_B]}: two scenarios, drivers or settings against each other.
 */
@Command(
    name = "compare",
    mixinStandardHelpOptions = true,
    description = {
        "Run two systems in alternating pairs, each run in a fresh JVM, and tell whether they differ: two scenarios, " +
            "one scenario on two drivers (--driver twice), or with two settings (--set-a, --set-b).",
        "The same twice (--aa) tells the noise of the machine."})
final class CompareCommand implements Callable<Integer>
{
    private static final int MAX_PAIRS = 200;
    private static final long OVERHEAD_NS = TimeUnit.SECONDS.toNanos(60);

    private final Console console;

    @Parameters(index = "0", paramLabel = "SCENARIO", description = "A bundled name (see: list) or a YAML file.")
    private String nameA;

    @Parameters(index = "1", arity = "0..1", paramLabel = "SCENARIO_B",
        description = "Scenario of B (default: that of A).")
    private String nameB;

    @Option(names = "--driver", paramLabel = "NAME",
        description = "Once: of both. Twice: first A, then B. Ratios are A's figures over B's.")
    private List<String> drivers = new ArrayList<>();

    @Option(names = "--set-a", paramLabel = "PATH=VALUE", description = "Override a key of A alone.")
    private List<String> settingsA = new ArrayList<>();

    @Option(names = "--set-b", paramLabel = "PATH=VALUE", description = "Override a key of B alone.")
    private List<String> settingsB = new ArrayList<>();

    @Option(names = "--aa", description = "Compare a scenario with itself: what is found is noise.")
    private boolean isWithItself;

    @Option(names = "--pairs", paramLabel = "N", defaultValue = "10",
        description = "Pairs of runs, 1 to 200 (default: ${DEFAULT-VALUE}); an interval takes 6, a finding 10.")
    private int pairs;

    @Option(names = "--margin", paramLabel = "PERCENT", defaultValue = "5",
        description = "Below this difference two systems are equivalent, above 0 to 50 (default: ${DEFAULT-VALUE}).")
    private double margin;

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
        check();
        final Scenario a = scenario(nameA, 0, settingsA);
        final Scenario b = scenario(null == nameB ? nameA : nameB, drivers.size() - 1, settingsB);
        Drivers.requireBuilt(a);
        Drivers.requireBuilt(b);
        final boolean isSame = Comparison.isOneWithItself(a, b);
        if (isSame && !isWithItself)
        {
            throw new ScenarioException("A and B are the same; name two drivers (--driver twice), two scenarios, or " +
                "settings of one (--set-a, --set-b). To learn the noise of the machine: --aa");
        }
        if (!isSame && isWithItself)
        {
            throw new ScenarioException("--aa compares a scenario with itself, but A and B differ");
        }

        final long runNs = Math.max(runNs(a), runNs(b));
        console.out().printf("%d runs of %.1f s and what goes with them%n", 2 * pairs, runNs / 1e9);
        console.out().flush();
        final long drainNs = Math.max(a.phases().drainNs(), b.phases().drainNs());

        final RunFolder folder = RunFolder.create(
            out, "compare-" + a.name(), a.driver().use() + "-" + b.driver().use());
        final int exitCode = new Comparison(
            a, b, margin / 100, pairs, new ChildRun(runNs + drainNs + OVERHEAD_NS), console.out()).run(folder);
        Reports.write(folder);

        return exitCode;
    }

    private void check()
    {
        if (drivers.size() > 2)
        {
            throw new ScenarioException("--driver is given once or twice, not " + drivers.size() + " times");
        }
        if (pairs < 1 || pairs > MAX_PAIRS)
        {
            throw new ScenarioException("--pairs takes 1 to " + MAX_PAIRS + ": " + pairs);
        }
        if (!(margin > 0 && margin <= 50))
        {
            throw new ScenarioException("--margin takes a percentage above 0, at most 50: " + margin);
        }
    }

    private Scenario scenario(final String name, final int driver, final List<String> settings)
    {
        final List<String> overrides = options.overrides(drivers.isEmpty() ? null : drivers.get(driver));
        overrides.addAll(settings);
        return ScenarioReader.read(BundledScenarios.text(name), overrides);
    }

    private static long runNs(final Scenario scenario)
    {
        return scenario.phases().warmupNs() + scenario.phases().measureNs();
    }
}
