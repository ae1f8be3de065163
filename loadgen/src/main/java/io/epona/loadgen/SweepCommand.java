package io.epona.loadgen;

import io.epona.loadgen.driver.Drivers;
import io.epona.loadgen.launch.ChildRun;
import io.epona.loadgen.page.Reports;
import io.epona.loadgen.report.RunFolder;
import io.epona.loadgen.scenario.BundledScenarios;
import io.epona.loadgen.scenario.Scenario;
import io.epona.loadgen.scenario.Scenario.Mode;
import io.epona.loadgen.scenario.ScenarioException;
import io.epona.loadgen.scenario.ScenarioReader;
import io.epona.loadgen.sweep.Sweep;
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
 * {@code sweep SCENARIO}
 */
@Command(
    name = "sweep",
    mixinStandardHelpOptions = true,
    description = "Find the highest rate at which a scenario holds its target (slo), and the latency on the way: " +
        "steps of 1.3, then bisection to 5 %%, then three more runs. Each run in a fresh JVM.")
final class SweepCommand implements Callable<Integer>
{
    private static final long OVERHEAD_NS = TimeUnit.SECONDS.toNanos(60);
    private static final long RANGE = 1000;

    private final Console console;

    @Parameters(index = "0", paramLabel = "SCENARIO", description = "A bundled name (see: list) or a YAML file.")
    private String name;

    @Option(names = "--driver", paramLabel = "NAME", description = "Driver to use in place of the scenario's.")
    private String driver;

    @Option(names = "--slo", paramLabel = "TARGET=VALUE",
        description = "What must hold, such as e2e.p99=2ms; the same as --set slo.TARGET=VALUE.")
    private List<String> targets = new ArrayList<>();

    @Mixin
    private LoadOptions options;

    @Option(names = "--out", paramLabel = "DIR", defaultValue = RunCommand.SCRATCH,
        description = "Folder in which the sweep makes its own (default: ${DEFAULT-VALUE}).")
    private Path out;

    SweepCommand(final Console console)
    {
        this.console = console;
    }

    @Override
    public Integer call() throws IOException, InterruptedException
    {
        final String yaml = BundledScenarios.text(name);
        final List<String> overrides = options.overrides(driver);
        targets.forEach((target) -> overrides.add("slo." + target));
        final Scenario base = ScenarioReader.read(yaml, overrides);
        if (Mode.OPEN != base.load().mode())
        {
            throw new ScenarioException("a sweep takes an open load; '" + base.name() + "' is " +
                base.load().mode().text());
        }
        if (base.slo().isEmpty())
        {
            throw new ScenarioException("'" + base.name() + "' has no target to hold; name one, such as " +
                "--slo e2e.p99=2ms");
        }

        Drivers.requireBuilt(base);
        final long rate = base.load().rate();
        final long runNs = base.phases().warmupNs() + base.phases().measureNs() + base.phases().drainNs();
        final RunFolder folder = RunFolder.create(out, "sweep-" + base.name(), base.driver().use());
        final int exitCode = new Sweep(
            base,
            Math.max(1, rate / RANGE),
            rate * RANGE,
            (next) -> at(yaml, overrides, next),
            new ChildRun(runNs + OVERHEAD_NS),
            console.out()).run(folder);
        Reports.write(folder);

        return exitCode;
    }

    private static Scenario at(final String yaml, final List<String> overrides, final long rate)
    {
        final List<String> all = new ArrayList<>(overrides);
        all.add("load.rate=" + rate + "/s");
        return ScenarioReader.read(yaml, all);
    }
}
