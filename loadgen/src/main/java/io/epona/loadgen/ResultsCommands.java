package io.epona.loadgen;

import io.epona.loadgen.compare.Comparison;
import io.epona.loadgen.compare.ComparisonVerifier;
import io.epona.loadgen.report.FolderVerifier;
import io.epona.loadgen.report.ResultsIndex;
import io.epona.loadgen.report.Verdict;
import io.epona.loadgen.scenario.ScenarioException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;

/**
 * The commands on what is stored: {@code index}, {@code verify}.
 */
final class ResultsCommands
{
    private ResultsCommands()
    {
    }

    /**
     * {@code index DIR}
     */
    @Command(
        name = "index",
        mixinStandardHelpOptions = true,
        description = "Write INDEX.md of a results folder: the latest run of each scenario, load and driver, and " +
            "the comparisons.")
    static final class IndexCommand implements Callable<Integer>
    {
        private final Console console;

        @Parameters(arity = "0..1", paramLabel = "DIR", defaultValue = "results",
            description = "The results folder (default: ${DEFAULT-VALUE}).")
        private Path dir;

        IndexCommand(final Console console)
        {
            this.console = console;
        }

        @Override
        public Integer call() throws IOException
        {
            if (!isResults(dir))
            {
                throw new ScenarioException(dir + " is no results folder: it holds no " + ResultsIndex.RUNS);
            }
            final Path file = dir.resolve(ResultsIndex.FILE);
            Files.writeString(file, ResultsIndex.of(dir));
            console.out().println("wrote " + file);
            console.out().flush();

            return Verdict.OK;
        }
    }

    /**
     * {@code verify DIR}
     */
    @Command(
        name = "verify",
        mixinStandardHelpOptions = true,
        description = {
            "Recompute stored figures: those of a run from its histogram log, those of a comparison from its pairs,",
            "the index of a results folder from its folders; check the accounting and the hashes."})
    static final class VerifyCommand implements Callable<Integer>
    {
        private final Console console;

        @Parameters(arity = "1..*", paramLabel = "DIR",
            description = "Folder of a run or of a comparison, or a results folder with all that it holds.")
        private List<Path> dirs;

        VerifyCommand(final Console console)
        {
            this.console = console;
        }

        @Override
        public Integer call() throws IOException
        {
            int exitCode = Verdict.OK;
            for (final Path dir : dirs)
            {
                if (!Files.isDirectory(dir))
                {
                    throw new ScenarioException("no such folder: " + dir);
                }
                exitCode = Verdict.graver(exitCode, verify(dir.toAbsolutePath().normalize()));
            }
            console.out().flush();

            return exitCode;
        }

        private int verify(final Path dir) throws IOException
        {
            int exitCode = Verdict.OK;
            if (Files.isRegularFile(dir.resolve(Comparison.JSON_FILE)))
            {
                exitCode = tell(dir, ComparisonVerifier.verify(dir));
            }
            else if (isResults(dir))
            {
                for (final Path comparison : ResultsIndex.folders(dir.resolve(ResultsIndex.COMPARISONS)))
                {
                    exitCode = Verdict.graver(exitCode, verify(comparison));
                }
                exitCode = Verdict.graver(exitCode, tell(dir.resolve(ResultsIndex.FILE), index(dir)));
            }
            else
            {
                return tell(dir, FolderVerifier.verify(dir));
            }
            // Of a comparison these are its runs, where they were kept.
            for (final Path run : ResultsIndex.folders(dir.resolve(ResultsIndex.RUNS)))
            {
                exitCode = Verdict.graver(exitCode, verify(run));
            }

            return exitCode;
        }

        private static List<String> index(final Path dir) throws IOException
        {
            final List<String> findings = new ArrayList<>();
            final Path file = dir.resolve(ResultsIndex.FILE);
            if (!Files.isRegularFile(file) || !Files.readString(file).equals(ResultsIndex.of(dir)))
            {
                findings.add("the index is not that of the folders: make it anew with the command index");
            }

            return findings;
        }

        private int tell(final Path what, final List<String> findings)
        {
            console.out().println((findings.isEmpty() ? "agrees  " : "DIFFERS ") + what);
            findings.forEach((finding) -> console.out().println("  " + finding));

            return findings.isEmpty() ? Verdict.OK : Verdict.VIOLATED;
        }
    }

    private static boolean isResults(final Path dir)
    {
        return Files.isDirectory(dir.resolve(ResultsIndex.RUNS));
    }
}
