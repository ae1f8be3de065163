package io.epona.transport;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

class InFlightBatchesTest
{
    private static final int CAPACITY = 64;

    private final InFlightBatches<String> batches = new InFlightBatches<>(CAPACITY);

    private int send(final String partition)
    {
        final int id = batches.nextId();
        batches.add(partition, id, 1);
        return id;
    }

    @Test
    void shouldLeaveOutNoMoreIdsThanItGivesOutHoweverManyWait()
    {
        for (int i = 1; i < CAPACITY; i++)
        {
            send("waits");
        }
        final int sent = 100 * CAPACITY;
        int last = -1;
        for (int i = 0; i < sent; i++)
        {
            assertTrue(batches.hasRoom());
            last = send("goes on");
            assertEquals("goes on", batches.partition(last));
            batches.settle(last);
        }
        // to send looks at each id once, whether it is given out or left out
        assertTrue(last <= 2 * (CAPACITY + sent), "up to id " + last + " for " + sent);
        assertEquals(CAPACITY - 1, batches.unacked());
        assertEquals(0, batches.oldestId());
    }

    @Test
    void shouldKnowEachByItsIdAndWhichIsTheOldest()
    {
        final Random random = new Random(7);
        final List<Integer> inFlight = new ArrayList<>();
        for (int step = 0; step < 100_000; step++)
        {
            if (inFlight.isEmpty() || batches.hasRoom() && random.nextBoolean())
            {
                final int id = send("p" + step);
                assertTrue(inFlight.isEmpty() || id > inFlight.get(inFlight.size() - 1), "ids rise");
                assertEquals("p" + step, batches.partition(id));
                inFlight.add(id);
            }
            else
            {
                // mostly one of the newest, so that some wait for long
                final int index = 0 == random.nextInt(50) ?
                    random.nextInt(inFlight.size()) : inFlight.size() - 1 - random.nextInt(inFlight.size()) / 8;
                final int id = inFlight.remove(index);
                assertTrue(batches.isUnsettled(id));
                assertEquals(id, batches.tag(id));
                batches.settle(id);
                assertFalse(batches.isUnsettled(id));
            }
            assertEquals(inFlight.size(), batches.unacked());
            assertEquals(inFlight.size() < CAPACITY, batches.hasRoom());
            assertTrue(inFlight.isEmpty() || inFlight.get(0) == batches.oldestId());
        }
    }

    @Test
    void shouldTellWhenTheOldestIsOverdueThoughIdsAreLeftOut()
    {
        send("waits");
        batches.stampDeadlines(10);
        for (int i = 0; i < 10 * CAPACITY; i++)
        {
            batches.settle(send("goes on"));
        }
        final int second = send("waits too");
        assertTrue(batches.isOldestExpired(10));
        batches.settle(0);
        assertEquals(second, batches.oldestId());
        assertFalse(batches.isOldestExpired(100), "has no deadline yet");
        batches.stampDeadlines(20);
        assertFalse(batches.isOldestExpired(19));
        assertTrue(batches.isOldestExpired(20));
    }
}
