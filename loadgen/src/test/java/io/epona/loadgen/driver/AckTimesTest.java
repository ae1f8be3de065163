package io.epona.loadgen.driver;

import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;

class AckTimesTest
{
    private final AckTimes acks = new AckTimes(2);

    @Test
    void knowsTheLongestGapSinceTheReset()
    {
        acks.onAck(0, 100);
        acks.onAck(0, 150);
        acks.onAck(0, 170);
        assertEquals(50, acks.longestGapNs(0, 180));
        acks.resetGaps();
        acks.onAck(0, 200);
        assertEquals(30, acks.longestGapNs(0, 210));
        assertEquals(200, acks.lastNs(0));
    }

    @Test
    void aGapThatLastsCounts()
    {
        acks.onAck(1, 100);
        assertEquals(400, acks.longestGapNs(1, 500));
    }

    @Test
    void countsWhatWasRefused()
    {
        acks.onRefused(3);
        acks.onRefused(4);
        assertEquals(7, acks.refused());
    }
}
