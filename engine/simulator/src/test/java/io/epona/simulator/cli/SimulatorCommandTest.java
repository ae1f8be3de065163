package io.epona.simulator.cli;

import org.junit.jupiter.api.Test;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class SimulatorCommandTest
{
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    private int run(final String... args)
    {
        return SimulatorCommand.run(
            new PrintStream(out, true, StandardCharsets.UTF_8), new PrintStream(err, true, StandardCharsets.UTF_8),
            args);
    }

    private List<String> lines()
    {
        return out.toString(StandardCharsets.UTF_8).lines().toList();
    }

    @Test
    void shouldRunSeedsAndReportWhatTheyDid()
    {
        assertEquals(0, run("--from", "3", "--seeds", "2", "--threads", "2", "--faults", "off"), out::toString);
        assertEquals("clean: 2 seeds from 3", lines().get(lines().size() - 1));
        assertTrue(lines().get(0).startsWith("2 runs"), lines().get(0));
    }

    @Test
    void shouldWriteATraceThatIsTheSameEachTime()
    {
        assertEquals(0, run("--from", "3", "--trace", "--faults", "off"), out::toString);
        final List<String> first = lines();
        out.reset();
        assertEquals(0, run("--from", "3", "--trace", "--faults", "off"));
        assertEquals(first, lines());
        assertTrue(first.stream().anyMatch((line) -> line.contains("INPUT")));
        assertTrue(first.stream().anyMatch((line) -> line.contains("AppendBatches")));
        assertTrue(first.stream().anyMatch((line) -> line.contains("zk.write")));
    }

    @Test
    void shouldRefuseWrongOptions()
    {
        assertEquals(2, run("--sedes", "2"));
        assertTrue(err.toString(StandardCharsets.UTF_8).contains("--seeds"));
        assertEquals(2, run("--mutation", "M99"));
        assertEquals(2, run("--faults", "some"));
        assertEquals(2, run("--seeds", "0"));
    }

    @Test
    void shouldGiveResultsInTheOrderOfTheSeeds() throws ExecutionException, InterruptedException
    {
        final List<Long> results = new ArrayList<>();
        try (SeedPool<Long> pool = new SeedPool<>(3, 100, 50, (seed) -> seed * 2))
        {
            while (pool.hasNext())
            {
                results.add(pool.next());
            }
        }
        assertEquals(50, results.size());
        for (int i = 0; i < 50; i++)
        {
            assertEquals(2L * (100 + i), results.get(i));
        }
    }

    @Test
    void shouldPassOnWhatARunThrows()
    {
        try (SeedPool<Long> pool = new SeedPool<>(1, 0, 1, (seed) ->
        {
            throw new IllegalStateException("seed " + seed);
        }))
        {
            assertTrue(pool.hasNext());
            assertThrows(ExecutionException.class, pool::next);
        }
    }
}
