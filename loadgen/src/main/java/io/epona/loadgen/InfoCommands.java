package io.epona.loadgen;

import io.epona.loadgen.driver.Drivers;
import io.epona.loadgen.report.EnvInfo;
import io.epona.loadgen.report.Verdict;
import io.epona.loadgen.scenario.BundledScenarios;
import io.epona.loadgen.scenario.Scenario;
import io.epona.loadgen.scenario.ScenarioReader;
import io.epona.loadgen.scenario.ScenarioWriter;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;

/**
 * The commands that run nothing: {@code list}, {@code env}, {@code validate}, {@code verify}.
 */
final class InfoCommands
{
    private InfoCommands()
    {
    }

    /**
     * {@code list}
     */
    @Command(
        name = "list", mixinStandardHelpOptions = true, description = "Show drivers, suites and bundled scenarios.")
    static final class ListCommand implements Callable<Integer>
    {
        private final Console console;

        ListCommand(final Console console)
        {
            this.console = console;
        }

        @Override
        public Integer call()
        {
            console.out().println("drivers");
            for (final String driver : Scenario.DRIVERS)
            {
                console.out().printf("  %-14s %s%n", driver, Drivers.describe(driver));
            }
            console.out().println("suites");
            console.out().printf(
                "  %-14s %s%n", "all",
                "every bundled scenario on " + String.join(", ", Scenario.SUITE_DRIVERS) + "; --smoke: 2 s each");
            console.out().println("scenarios");
            for (final String name : BundledScenarios.all())
            {
                final String first = BundledScenarios.text(name).lines().findFirst().orElse("");
                console.out().printf("  %-14s %s%n", name, first.replaceFirst("^# *", ""));
            }
            console.out().flush();

            return Verdict.OK;
        }
    }

    /**
     * {@code env}
     */
    @Command(name = "env", mixinStandardHelpOptions = true, description = "Show the environment as runs store it.")
    static final class EnvCommand implements Callable<Integer>
    {
        private final Console console;

        EnvCommand(final Console console)
        {
            this.console = console;
        }

        @Override
        public Integer call()
        {
            console.out().println(EnvInfo.collect(Path.of("").toAbsolutePath(), Map.of()).toPrettyString());
            console.out().flush();

            return Verdict.OK;
        }
    }

    /**
     * {@code validate FILE}
     */
    @Command(
        name = "validate",
        mixinStandardHelpOptions = true,
        description = "Check a scenario strictly and show it as it would run.")
    static final class ValidateCommand implements Callable<Integer>
    {
        private final Console console;

        @Parameters(paramLabel = "FILE", description = "A YAML file or a bundled name.")
        private String file;

        @Option(names = "--set", paramLabel = "PATH=VALUE", description = "Override any key of the scenario.")
        private List<String> settings = new ArrayList<>();

        ValidateCommand(final Console console)
        {
            this.console = console;
        }

        @Override
        public Integer call()
        {
            final String resolved =
                ScenarioWriter.write(ScenarioReader.read(BundledScenarios.text(file), settings));
            console.out().print(resolved);
            console.out().println("# hash " + ScenarioWriter.hash(resolved));
            console.out().flush();

            return Verdict.OK;
        }
    }
}
