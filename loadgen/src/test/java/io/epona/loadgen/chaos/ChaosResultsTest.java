package io.epona.loadgen.chaos;

import com.fasterxml.jackson.databind.JsonNode;
import io.epona.loadgen.report.RunFolder;
import io.epona.loadgen.verify.Verification;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

import static org.junit.jupiter.api.Assertions.assertEquals;

class ChaosResultsTest
{
    private static final long SESSION_MS = 3_000;

    @TempDir
    private Path dir;
    private ChaosResults results;

    @BeforeEach
    void open() throws IOException
    {
        results = new ChaosResults(RunFolder.of(dir), SESSION_MS);
    }

    private static RoundResult round(final long lastedMs, final long unavailableMs, final boolean isCounted)
    {
        return new RoundResult(
            Category.KILL, "2", 3, isCounted, lastedMs, 2_900, unavailableMs, 0, 800, -1, 1.5, List.of(), List.of());
    }

    private static GroupResult group(final List<RoundResult> rounds, final long lost, final String... violations)
    {
        return new GroupResult(
            rounds, 1_000, 1_000, new Verification(lost, 0, 0, 0, 0, 0, 0),
            new ReplicaComparison(18, 4_096, List.of()), List.of(), List.of(violations));
    }

    @Test
    void continuesWithWhatPassedAndCounted() throws IOException
    {
        assertEquals(0, results.passed(Category.KILL, 1));
        results.add(
            "kill", group(List.of(round(100, 500, true), round(5_000, 3_100, true)), 0));
        results.add("kill", group(List.of(round(5_000, 3_200, false)), 0));
        results.add(
            "kill", group(List.of(round(5_000, 9_000, true)), 2, "2 acknowledged, records\nlost"));
        open();
        assertEquals(2, results.passed(Category.KILL, 1));
        assertEquals(0, results.passed(Category.PAUSE, 1));
    }

    @Test
    void whatWasLateIsRunAgainAndWhatWasWrongSpoilsItsGroup() throws IOException
    {
        final RoundResult late = stop(List.of("in sync only after 40000 ms"), List.of());
        final RoundResult good = stop(List.of(), List.of());
        assertEquals("LATE", group(List.of(good, late), 0).verdict());
        results.add("rolling", group(List.of(good, late, good, good), 0));
        assertEquals(1, results.passed(Category.ROLLING, 3));
        assertEquals("LATE", results.summarise(Map.of()).get("verdict").asText());

        final RoundResult wrong = stop(List.of(), List.of("3 errors reached the application"));
        assertEquals("FAIL", group(List.of(good, wrong), 0).verdict());
        results.add("rolling", group(List.of(good, good, good, wrong), 0));
        assertEquals(1, results.passed(Category.ROLLING, 3));
    }

    private static RoundResult stop(final List<String> late, final List<String> violations)
    {
        return new RoundResult(Category.ROLLING, "1", 0, false, 0, 0, 0, 0, 900, 90, 1.5, late, violations);
    }

    @Test
    void summarisesAllGroups() throws IOException
    {
        results.add(
            "kill",
            group(List.of(round(100, 500, true), round(5_000, 3_100, true), round(5_000, 3_400, true)), 0));
        JsonNode summary = results.summarise(Map.of("rate", "50k/s"));
        assertEquals("PASS", summary.get("verdict").asText());
        assertEquals("50k/s", summary.get("settings").get("rate").asText());
        final JsonNode kill = summary.get("categories").get("kill");
        assertEquals(3, kill.get("counted").asInt());
        assertEquals(3_100, kill.get("unavailableMs").get("median").asLong());
        assertEquals(2, kill.get("unavailableOfLongMs").get("count").asLong());
        assertEquals(3_400, kill.get("unavailableOfLongMs").get("max").asLong());

        results.add("kill", group(List.of(), 2, "2 acknowledged records lost"));
        summary = results.summarise(Map.of());
        assertEquals("FAIL", summary.get("verdict").asText());
        assertEquals(2, summary.get("verify").get("lost").asLong());
        assertEquals(2_000, summary.get("verify").get("acked").asLong());
    }
}
