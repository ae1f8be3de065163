package io.epona.loadgen.page;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.epona.loadgen.compare.Comparison;
import io.epona.loadgen.report.RunFolder;
import io.epona.loadgen.report.StoredRun;
import io.epona.loadgen.scenario.ScenarioException;
import io.epona.loadgen.sweep.Sweep;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Which page stored folders make.
 */
public final class Reports
{
    /** Name of a report in its folder. */
    public static final String FILE = "report.html";

    private static final ObjectMapper JSON = new ObjectMapper();

    private Reports()
    {
    }

    /**
     * Write the report of a folder into it.
     *
     * @param folder of a run, a comparison or a sweep that has ended.
     * @throws IOException where it cannot be read or written.
     */
    public static void write(final RunFolder folder) throws IOException
    {
        folder.write(FILE, of(List.of(folder.dir())));
    }

    /**
     * @param dirs a run, a comparison or a sweep; or several runs.
     * @return the page.
     * @throws IOException       where a file is missing or damaged.
     * @throws ScenarioException where the folders hold nothing that there is a page for.
     */
    public static String of(final List<Path> dirs) throws IOException
    {
        final Path first = dirs.get(0);
        if (1 == dirs.size() && Files.isRegularFile(first.resolve(Comparison.JSON_FILE)))
        {
            return ComparePage.of(JSON.readTree(Files.readString(first.resolve(Comparison.JSON_FILE))));
        }
        if (1 == dirs.size() && Files.isRegularFile(first.resolve(Sweep.JSON_FILE)))
        {
            return SweepPage.of(JSON.readTree(Files.readString(first.resolve(Sweep.JSON_FILE))));
        }

        final List<StoredRun> runs = new ArrayList<>();
        for (final Path dir : dirs)
        {
            if (!Files.isRegularFile(dir.resolve(RunFolder.SUMMARY)))
            {
                throw new ScenarioException(dir + " is not the folder of a run that has ended" +
                    (1 == dirs.size() ? ", a comparison or a sweep" : "; only runs are laid over each other"));
            }
            runs.add(StoredRun.read(dir));
        }

        return RunPage.of(runs);
    }
}
