package io.epona.loadgen.chaos;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.epona.loadgen.report.RunFolder;
import io.epona.loadgen.scenario.Scenario;
import io.epona.loadgen.scenario.ScenarioWriter;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * The folder of a chaos run: every round, every group of rounds, and the summary of all that is in it. A run may be
 * continued, so everything is computed from the two files of rounds and groups.
 * <p>
 * Used by one thread.
 */
final class ChaosResults
{
    static final String ROUNDS = "rounds.csv";
    static final String GROUPS = "groups.csv";

    private static final int GROUP = 0;
    private static final int CATEGORY = 1;
    private static final int COUNTED = 4;
    private static final int LASTED = 5;
    private static final int ELECTED = 6;
    private static final int UNAVAILABLE = 7;
    private static final int ACKED = 8;
    private static final int IN_SYNC = 9;
    private static final int STOP = 10;
    private static final int LATE = 12;
    private static final int VERDICT_OF_GROUP = 15;
    private static final int FIRST_SUM = 3;

    private final RunFolder folder;
    private final long sessionMs;

    /**
     * @param folder    of the run, new or to be continued.
     * @param sessionMs session timeout of the brokers.
     * @throws IOException where the files cannot be begun.
     */
    ChaosResults(final RunFolder folder, final long sessionMs) throws IOException
    {
        this.folder = folder;
        this.sessionMs = sessionMs;
        if (!Files.exists(folder.file(ROUNDS)))
        {
            folder.write(ROUNDS, RoundResult.HEADER + "\n");
            folder.write(GROUPS, GroupResult.HEADER + "\n");
        }
    }

    Path dir()
    {
        return folder.dir();
    }

    /**
     * @param name  of the group.
     * @param group that has come to its end.
     * @throws IOException where it cannot be written.
     */
    void add(final String name, final GroupResult group) throws IOException
    {
        final int number = rows(GROUPS).size() + 1;
        final StringBuilder lines = new StringBuilder();
        group.rounds().forEach((round) -> lines.append(round.csv(number)).append('\n'));
        Files.writeString(folder.file(ROUNDS), lines, StandardOpenOption.APPEND);
        Files.writeString(
            folder.file(GROUPS), group.csv(number, name) + "\n", StandardOpenOption.APPEND);
    }

    void store(final Scenario scenario, final ObjectNode environment) throws IOException
    {
        folder.write(RunFolder.SCENARIO, ScenarioWriter.write(scenario));
        folder.write(RunFolder.ENV, environment);
    }

    private List<String[]> rows(final String file) throws IOException
    {
        final List<String> lines = Files.readAllLines(folder.file(file));
        return lines.subList(1, lines.size()).stream().map((line) -> line.split(",", -1)).toList();
    }

    /**
     * @param category    of the rounds.
     * @param rowsOfRound rows that make a round.
     * @return rounds that count and were in time, of groups in which nothing was wrong.
     * @throws IOException where the files cannot be read.
     */
    int passed(final Category category, final int rowsOfRound) throws IOException
    {
        final List<String> clean = rows(GROUPS).stream()
            .filter((row) -> !GroupResult.FAIL.equals(row[VERDICT_OF_GROUP])).map((row) -> row[GROUP]).toList();
        final long rows = rows(ROUNDS).stream()
            .filter((row) -> clean.contains(row[GROUP]) && category.text().equals(row[CATEGORY]))
            .filter((row) -> row[LATE].isEmpty())
            .filter((row) -> Category.ROLLING == category || Boolean.parseBoolean(row[COUNTED]))
            .count();

        return (int)(rows / rowsOfRound);
    }

    /**
     * Write the summary of all that was run so far.
     *
     * @param settings of the run.
     * @return the summary.
     * @throws IOException where the files cannot be read or written.
     */
    ObjectNode summarise(final Map<String, String> settings) throws IOException
    {
        final ObjectNode summary = JsonNodeFactory.instance.objectNode();
        summary.put("schema", 1);
        summary.put("id", folder.id());
        final ObjectNode config = summary.putObject("settings");
        settings.forEach(config::put);
        final List<String[]> groups = rows(GROUPS);
        final List<String> verdicts = groups.stream().map((row) -> row[VERDICT_OF_GROUP]).toList();
        summary.put(
            "verdict",
            verdicts.contains(GroupResult.FAIL) ? GroupResult.FAIL :
            verdicts.contains(GroupResult.LATE) ? GroupResult.LATE : GroupResult.PASS);
        sums(summary.putObject("verify"), groups);
        final Map<Category, List<String[]>> byCategory = new EnumMap<>(Category.class);
        for (final String[] row : rows(ROUNDS))
        {
            byCategory.computeIfAbsent(Category.of(row[CATEGORY]), (key) -> new ArrayList<>()).add(row);
        }
        final ObjectNode categories = summary.putObject("categories");
        byCategory.forEach((category, rows) -> describe(categories.putObject(category.text()), rows));
        folder.write(RunFolder.SUMMARY, summary);

        return summary;
    }

    private static void sums(final ObjectNode node, final List<String[]> groups)
    {
        final String[] names = GroupResult.HEADER.split(",");
        for (int i = FIRST_SUM; i < VERDICT_OF_GROUP; i++)
        {
            final int column = i;
            // -1: a load that did not come to its end says nothing of it.
            node.put(names[i], groups.stream().mapToLong((row) -> Math.max(0, Long.parseLong(row[column]))).sum());
        }
    }

    private void describe(final ObjectNode node, final List<String[]> rows)
    {
        node.put("rows", rows.size());
        node.put("late", rows.stream().filter((row) -> !row[LATE].isEmpty()).count());
        node.put("counted", rows.stream().filter((row) -> Boolean.parseBoolean(row[COUNTED])).count());
        final List<String[]> counted = rows.stream().filter((row) -> Boolean.parseBoolean(row[COUNTED])).toList();
        figures(node.putObject("electedMs"), counted, ELECTED);
        figures(node.putObject("unavailableMs"), counted, UNAVAILABLE);
        // A broker that is back before its session has expired gives way at once: told apart.
        figures(
            node.putObject("unavailableOfLongMs"),
            counted.stream().filter((row) -> Long.parseLong(row[LASTED]) > sessionMs).toList(), UNAVAILABLE);
        figures(node.putObject("ackedMs"), rows, ACKED);
        figures(node.putObject("inSyncMs"), rows, IN_SYNC);
        figures(node.putObject("stopMs"), rows, STOP);
    }

    private static void figures(final ObjectNode node, final List<String[]> rows, final int column)
    {
        final long[] sorted = rows.stream().mapToLong((row) -> Long.parseLong(row[column])).sorted().toArray();
        node.put("count", sorted.length);
        if (sorted.length > 0)
        {
            node.put("median", sorted[(sorted.length - 1) / 2]);
            node.put("max", Arrays.stream(sorted).max().getAsLong());
        }
    }
}
