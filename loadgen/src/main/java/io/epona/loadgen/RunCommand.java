package io.epona.loadgen;

import io.epona.loadgen.page.Reports;
import io.epona.loadgen.report.Headline;
import io.epona.loadgen.report.RunSession;
import io.epona.loadgen.report.Verdict;
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

/**
 * {@code run SCENARIO...}
 */
@Command(
    name = "run",
    mixinStandardHelpOptions = true,
    description = "Run scenarios, one after the other, and store what was measured.")
final class RunCommand implements Callable<Integer>
{
    /** Default folder of the runs' folders; not kept in version control. */
    static final String SCRATCH = "results/scratch";

    private final Console console;

    @Parameters(arity = "1..*", paramLabel = "SCENARIO", description = "A bundled name (see: list) or a YAML file.")
    private List<String> scenarios;

    @Option(names = "--driver", paramLabel = "NAME", description = "Driver to use in place of the scenario's.")
    private String driver;

    @Mixin
    private LoadOptions options;

    @Option(names = "--repeat", paramLabel = "N", defaultValue = "1", description = "Runs of each scenario.")
    private int repeat;

    @Option(names = "--out", paramLabel = "DIR", defaultValue = SCRATCH,
        description = "Folder in which each run makes its own (default: ${DEFAULT-VALUE}).")
    private Path out;

    @Option(names = "--json", description = "Print the summary only: an object, an array for several runs.")
    private boolean json;

    RunCommand(final Console console)
    {
        this.console = console;
    }

    @Override
    public Integer call() throws IOException, InterruptedException
    {
        final List<Scenario> resolved = new ArrayList<>();
        for (final String scenario : scenarios)
        {
            resolved.add(ScenarioReader.read(BundledScenarios.text(scenario), options.overrides(driver)));
        }
        if (repeat < 1)
        {
            throw new ScenarioException("--repeat takes at least 1: " + repeat);
        }

        final RunSession session = new RunSession(out, json ? null : console.out(), console.terminal(), false);
        final List<String> summaries = new ArrayList<>();
        int exitCode = Verdict.OK;
        for (final Scenario scenario : resolved)
        {
            for (int i = 0; i < repeat; i++)
            {
                final RunSession.Outcome outcome = session.run(scenario);
                exitCode = Verdict.graver(exitCode, outcome.verdict().exitCode());
                Reports.write(outcome.folder());
                summaries.add(outcome.summary().toPrettyString());
                if (!json)
                {
                    Headline.print(outcome, console.out());
                }
            }
        }
        if (json)
        {
            console.out().println(
                1 == summaries.size() ? summaries.get(0) : "[" + String.join(",\n", summaries) + "]");
        }

        return exitCode;
    }
}
