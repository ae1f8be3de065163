package io.epona.engine.node;

import io.epona.engine.replica.ProtocolMutation;
import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

class StartKindTest
{
    @Test
    void markerOfTheLastLifeWithMatchingLogsIsClean()
    {
        assertEquals(StartKind.CLEAN, kind(new StartEvidence(7, true, -1, false, false, true), 7));
    }

    @Test
    void markerOfAnOlderLifeIsNotBelieved()
    {
        assertEquals(StartKind.UNCLEAN, kind(new StartEvidence(6, true, -1, false, false, true), 7));
    }

    @Test
    void markerThatDoesNotMatchTheLogsIsNotBelieved()
    {
        assertEquals(StartKind.UNCLEAN, kind(new StartEvidence(7, false, -1, false, false, true), 7));
    }

    @Test
    void killOnTheSameBootIsAsGoodAsCleanWhereEverythingPublishedIsThere()
    {
        assertEquals(StartKind.SAME_BOOT, kind(new StartEvidence(-1, false, 7, true, true, true), 7));
    }

    @Test
    void killIsUncleanAfterABootOrOfAnotherLife()
    {
        assertEquals(StartKind.UNCLEAN, kind(new StartEvidence(-1, false, 7, false, true, true), 7));
        assertEquals(StartKind.UNCLEAN, kind(new StartEvidence(-1, false, 6, true, true, true), 7));
    }

    @Test
    void shorterLogOnTheSameBootHasLostWhatMayHaveCountedAsFlushed()
    {
        assertEquals(StartKind.LOST, kind(new StartEvidence(-1, false, 7, true, false, true), 7));
    }

    @Test
    void damagedLogLosesWhatWasOnDisk()
    {
        assertEquals(StartKind.LOST, kind(new StartEvidence(7, true, 7, true, true, false), 7));
    }

    @Test
    void onlyWhatIsCertainKeepsTheReplicasEligible()
    {
        assertTrue(StartKind.CLEAN.isClean());
        assertTrue(StartKind.SAME_BOOT.isClean());
        assertFalse(StartKind.UNCLEAN.isClean());
        assertFalse(StartKind.LOST.isClean());
        assertTrue(StartKind.UNCLEAN.isDurable());
        assertFalse(StartKind.LOST.isDurable());
    }

    private static StartKind kind(final StartEvidence evidence, final int brokerEpoch)
    {
        return StartKind.of(evidence, brokerEpoch, ProtocolMutation.NONE);
    }
}
