package io.epona.loadgen;

import io.epona.loadgen.driver.DriverException;
import io.epona.loadgen.report.RunSession;
import io.epona.loadgen.report.Verdict;
import io.epona.loadgen.scenario.BundledScenarios;
import io.epona.loadgen.scenario.Scenario;
import io.epona.loadgen.scenario.ScenarioException;
import io.epona.loadgen.scenario.ScenarioReader;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;

/**
 * {@code suite NAME}: so far the one suite {@code all}, every bundled scenario on every driver but {@code cluster} and
 * the peers, which are run where they are named.
 */
@Command(
    name = "suite",
    mixinStandardHelpOptions = true,
    description = "Run every bundled scenario on every driver; cluster, chronicle and kafka only where named.")
final class SuiteCommand implements Callable<Integer>
{
    private static final String ALL = "all";

    private final Console console;

    @Parameters(arity = "0..1", defaultValue = ALL, paramLabel = "NAME", description = "Suite; there is: all.")
    private String name;

    @Option(names = "--smoke", description = "2 s each and correctness only: times are of no interest.")
    private boolean smoke;

    @Option(names = "--driver", paramLabel = "NAME", split = ",", description = "Only these drivers.")
    private List<String> drivers = new ArrayList<>();

    @Option(names = "--out", paramLabel = "DIR", defaultValue = RunCommand.SCRATCH,
        description = "Folder in which each run makes its own (default: ${DEFAULT-VALUE}).")
    private Path out;

    SuiteCommand(final Console console)
    {
        this.console = console;
    }

    @Override
    public Integer call() throws IOException, InterruptedException
    {
        if (!ALL.equals(name))
        {
            throw new ScenarioException("there is no suite '" + name + "'; there is: " + ALL);
        }

        int exitCode = Verdict.OK;
        final List<String[]> variants = variants();
        final RunSession session = new RunSession(out, null, false, smoke);
        for (final String scenario : BundledScenarios.NAMES)
        {
            for (final String[] variant : variants)
            {
                exitCode = Verdict.graver(exitCode, run(session, scenario, variant));
            }
        }
        console.out().println(0 == exitCode ? "suite passed" : "suite failed with exit code " + exitCode);
        console.out().flush();

        return exitCode;
    }

    private List<String[]> variants()
    {
        for (final String driver : drivers)
        {
            if (!Scenario.DRIVERS.contains(driver))
            {
                throw new ScenarioException("--driver: '" + driver + "' is none of " +
                    String.join(", ", Scenario.DRIVERS));
            }
        }

        final List<String[]> variants = new ArrayList<>();
        for (final String driver : drivers.isEmpty() ? Scenario.SUITE_DRIVERS : drivers)
        {
            variants.add(new String[]{driver, "ipc"});
            if ("aeron-echo".equals(driver))
            {
                variants.add(new String[]{driver, "udp"});
            }
        }

        return variants;
    }

    private int run(final RunSession session, final String scenario, final String[] variant)
        throws IOException, InterruptedException
    {
        final List<String> overrides = new ArrayList<>(List.of(
            "driver.use=" + variant[0], "driver.transport=" + variant[1]));
        if (smoke)
        {
            overrides.addAll(List.of("phases.warmup=500ms", "phases.measure=1500ms", "phases.drain=30s"));
        }

        final String title = scenario + " on " + variant[0] +
            ("aeron-echo".equals(variant[0]) ? " " + variant[1] : "");
        try
        {
            final RunSession.Outcome outcome = session.run(
                ScenarioReader.read(BundledScenarios.text(scenario), overrides));
            console.out().printf("%-8s %-28s %,12d delivered  %s%n",
                outcome.verdict().word(),
                title,
                outcome.summary().get("verify").get("delivered").asLong(),
                String.join("; ", outcome.verdict().reasons()));
            console.out().flush();

            return outcome.verdict().exitCode();
        }
        catch (final DriverException ex)
        {
            // One system that cannot be run must not hide what the others would say.
            console.out().printf("%-8s %-28s %s%n", "ERROR", title, ex.getMessage());
            console.out().flush();
            ex.printStackTrace(console.err());

            return Verdict.INFRASTRUCTURE;
        }
    }
}
