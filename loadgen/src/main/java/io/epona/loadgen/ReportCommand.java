package io.epona.loadgen;

import io.epona.loadgen.page.Reports;
import io.epona.loadgen.report.Verdict;
import io.epona.loadgen.scenario.ScenarioException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;

/**
 * {@code report DIR...}
 */
@Command(
    name = "report",
    mixinStandardHelpOptions = true,
    description = "Make the HTML report of a stored run, comparison or sweep anew, or of several runs together.")
final class ReportCommand implements Callable<Integer>
{
    private final Console console;

    @Parameters(arity = "1..*", paramLabel = "DIR", description = "Folder of a run, comparison or sweep; several runs.")
    private List<Path> dirs;

    @Option(names = "--out", paramLabel = "FILE", description = "Where to (default: report.html in the first folder).")
    private Path out;

    ReportCommand(final Console console)
    {
        this.console = console;
    }

    @Override
    public Integer call() throws IOException
    {
        for (final Path dir : dirs)
        {
            if (!Files.isDirectory(dir))
            {
                throw new ScenarioException("no such folder: " + dir);
            }
        }

        final Path file = null == out ? dirs.get(0).resolve(Reports.FILE) : out;
        Files.writeString(file, Reports.of(dirs));
        console.out().println(file);
        console.out().flush();

        return Verdict.OK;
    }
}
