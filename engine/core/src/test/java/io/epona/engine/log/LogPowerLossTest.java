package io.epona.engine.log;

import io.epona.engine.PowerLossStorage.Lie;
import io.epona.engine.log.PowerLossWorld.Kind;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Power cuts at random moments, several in the life of a log. What is found afterwards must be a prefix of what the
 * log had, with no byte of anything that was cut before, and it must hold all that was said to be on disk. Some logs
 * are cut and begun anew by their owner now and then, others are compacted too, and others meet syncs that fail.
 */
class LogPowerLossTest
{
    private static final int SEEDS_TO_CATCH_A_LIE = 400;

    @Test
    void shouldRecoverAPrefixAfterAnyPowerCut() throws IOException
    {
        final PowerLossCoverage coverage = new PowerLossCoverage();
        run(0, 50, Kind.PLAIN, coverage);
        run(0, 50, Kind.CUTTING, coverage);
        run(0, 50, Kind.COMPACTING, coverage);
        assertEquals(150 * PowerLossWorld.CUTS, coverage.images);
        assertTrue(coverage.cuts > 30, coverage::toString);
        assertTrue(coverage.lostRecords > 1000, coverage::toString);
        assertTrue(coverage.partialScans > 30, coverage::toString);
        assertTrue(coverage.recycled > 20, coverage::toString);
        assertTrue(coverage.cleanStarts > 8, coverage::toString);
        assertTrue(coverage.cutRecoveries > 8, coverage::toString);
        assertTrue(coverage.committedRecords > 1000, coverage::toString);
        assertTrue(coverage.truncations > 50, coverage::toString);
        assertTrue(coverage.resets > 5, coverage::toString);
        assertTrue(coverage.pendingDone > 5, coverage::toString);
        assertTrue(coverage.pendingUndone > 5, coverage::toString);
        assertTrue(coverage.compacted > 20, coverage::toString);
        assertTrue(coverage.cutCompactions > 2, coverage::toString);
    }

    @Test
    @Tag("slow")
    void shouldRecoverAPrefixFromTenThousandImages() throws IOException
    {
        final int seeds = 10_000 / PowerLossWorld.CUTS / Kind.values().length + 1;
        final PowerLossCoverage coverage = new PowerLossCoverage();
        for (final Kind kind : Kind.values())
        {
            run(1_000, seeds, kind, coverage);
        }
        assertTrue(coverage.images >= 10_000, coverage::toString);
    }

    /**
     * A sync fails, the log is fenced, and the process is started anew on the same machine, which holds pages for
     * written that are not. What recovery finds in memory then and commits must be there after the next power cut.
     */
    @Test
    void shouldRecoverAPrefixWhereSyncsFailedBefore() throws IOException
    {
        final PowerLossCoverage coverage = new PowerLossCoverage();
        run(0, 125, Kind.FAILING, coverage);
        assertTrue(coverage.restarts > 100, coverage::toString);
        assertTrue(coverage.committedRecords > 1000, coverage::toString);
    }

    /** A run that failed when there was no other kind. */
    @Test
    void shouldRecoverAPrefixWithSeed1065() throws IOException
    {
        run(1065, 1, Kind.PLAIN, new PowerLossCoverage());
    }

    /** A log that began anew further on knew the producers of the one before. */
    @Test
    void shouldForgetProducersOfALogThatBeganAnewWithSeed1() throws IOException
    {
        run(1, 1, Kind.CUTTING, new PowerLossCoverage());
    }

    /** The epochs of a log that recovery had to begin anew were found beside it by the next start. */
    @Test
    void shouldForgetEpochsOfALogThatBeganAnewWithSeed1459() throws IOException
    {
        run(1459, 1, Kind.CUTTING, new PowerLossCoverage());
    }

    /** A cut took the only snapshot that knew a producer whose records retention had taken. */
    @Test
    void shouldKnowAProducerAfterACutWithSeed1118() throws IOException
    {
        run(1118, 1, Kind.CUTTING, new PowerLossCoverage());
    }

    /** Segments that a compacted one stands for came back beside it. */
    @Test
    void shouldNotFindReplacedSegmentsAgainWithSeed1256() throws IOException
    {
        run(1256, 1, Kind.COMPACTING, new PowerLossCoverage());
    }

    /** After a cut only a snapshot within the scanned part of the log knew the last batch of a producer. */
    @Test
    void shouldBelieveASnapshotBehindTheBeginOfTheScanWithSeed1271() throws IOException
    {
        run(1271, 1, Kind.COMPACTING, new PowerLossCoverage());
    }

    /**
     * A storage that does not do what it says makes a log that recovers wrongly; the checks above must see that, or
     * they would not see a log that forgets to ask.
     */
    @ParameterizedTest
    @EnumSource(value = Lie.class, mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void shouldCatchAStorageThatLies(final Lie lie)
    {
        String caught = null;
        for (long seed = 0; seed < SEEDS_TO_CATCH_A_LIE && null == caught; seed++)
        {
            caught = fault(seed, Kind.values()[(int)(seed % Kind.values().length)], lie);
        }
        assertNotNull(caught, "nobody saw it");
    }

    @Test
    void shouldNotAccuseAnHonestStorage()
    {
        for (long seed = 0; seed < 12; seed++)
        {
            assertNull(fault(seed, Kind.values()[(int)(seed % Kind.values().length)], Lie.NONE));
        }
    }

    private static String fault(final long seed, final Kind kind, final Lie lie)
    {
        try
        {
            new PowerLossWorld(seed, kind, lie, new PowerLossCoverage()).run();
            return null;
        }
        catch (final AssertionError | RuntimeException | IOException ex)
        {
            return ex.toString();
        }
    }

    private static void run(final long firstSeed, final int count, final Kind kind, final PowerLossCoverage coverage)
        throws IOException
    {
        for (long seed = firstSeed; seed < firstSeed + count; seed++)
        {
            try
            {
                new PowerLossWorld(seed, kind, Lie.NONE, coverage).run();
            }
            catch (final AssertionError | RuntimeException | IOException ex)
            {
                throw new AssertionError(kind + " seed " + seed + ": " + ex.getMessage(), ex);
            }
        }
    }
}
