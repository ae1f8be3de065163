package io.epona.engine.log;

import io.epona.engine.log.LeaderEpochs.History;
import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class LeaderEpochsTest
{
    private static History history(final long... epochsAndStarts)
    {
        History history = History.EMPTY;
        for (int i = 0; i < epochsAndStarts.length; i += 2)
        {
            history = history.with((int)epochsAndStarts[i], epochsAndStarts[i + 1]);
        }

        return history;
    }

    @Test
    void shouldAddAnEpochOnlyWhenItChanges()
    {
        final LeaderEpochs epochs = new LeaderEpochs(History.EMPTY);
        assertEquals(-1, epochs.lastEpoch());
        epochs.onAppend(2, 0);
        final History before = epochs.history();
        epochs.onAppend(2, 1);
        assertSame(before, epochs.history());
        epochs.onAppend(5, 10);
        assertEquals(history(2, 0, 5, 10), epochs.history());
        assertEquals(history(2, 0), before);
        assertEquals(5, epochs.lastEpoch());
        assertThrows(IllegalStateException.class, () -> epochs.onAppend(4, 20));
        assertThrows(IllegalStateException.class, () -> epochs.onAppend(6, 9));
    }

    @Test
    void shouldSayWhereAnEpochEnded()
    {
        final LeaderEpochs epochs = new LeaderEpochs(history(2, 10, 5, 20, 6, 35));
        assertEquals(10, epochs.endOffsetFor(1, 50));
        assertEquals(20, epochs.endOffsetFor(2, 50));
        assertEquals(20, epochs.endOffsetFor(4, 50));
        assertEquals(35, epochs.endOffsetFor(5, 50));
        assertEquals(50, epochs.endOffsetFor(6, 50));
        assertEquals(-1, epochs.endOffsetFor(7, 50));
        assertEquals(-1, new LeaderEpochs(History.EMPTY).endOffsetFor(0, 0));

        final History history = epochs.history();
        assertEquals(-1, history.floorEpoch(1));
        assertEquals(2, history.floorEpoch(4));
        assertEquals(6, history.floorEpoch(9));
        assertEquals(-1, history.epochAt(9));
        assertEquals(2, history.epochAt(19));
        assertEquals(5, history.epochAt(20));
        assertEquals(6, history.epochAt(1000));
    }

    @Test
    void shouldFollowBothEndsOfTheLog()
    {
        final LeaderEpochs epochs = new LeaderEpochs(history(2, 0, 5, 20, 6, 35));
        epochs.truncate(36);
        assertEquals(3, epochs.history().size());
        epochs.truncate(35);
        assertEquals(history(2, 0, 5, 20), epochs.history());
        epochs.onAppend(7, 35);
        epochs.trimStart(20);
        assertEquals(history(5, 20, 7, 35), epochs.history());
        epochs.trimStart(21);
        assertEquals(history(5, 21, 7, 35), epochs.history());
        epochs.trimStart(100);
        assertEquals(history(7, 100), epochs.history());
        epochs.onAppend(8, 100);
        assertEquals(history(8, 100), epochs.history(), "nothing is left of epoch 7");
        epochs.truncate(0);
        assertEquals(History.EMPTY, epochs.history());
        epochs.trimStart(200);
        assertEquals(History.EMPTY, epochs.history());
    }

    @Test
    void shouldKnowAPrefix()
    {
        final History history = history(2, 0, 5, 20);
        assertTrue(history.startsWith(History.EMPTY));
        assertTrue(history.startsWith(history(2, 0)));
        assertTrue(history.startsWith(history(2, 0, 5, 20)));
        assertEquals(false, history.startsWith(history(2, 1)));
        assertEquals(false, history.startsWith(history(2, 0, 5, 20, 6, 30)));
    }

    @Test
    void shouldReadWhatItWroteAndNoByteElse()
    {
        final History history = history(2, 0, 5, 20, 6, 35);
        final byte[] bytes = history.encode(77, 3);
        assertNull(History.damage(bytes, 77, 3));
        assertEquals(history, History.decode(bytes));
        assertNotNull(History.damage(bytes, 78, 3));
        assertNotNull(History.damage(bytes, 77, 4));
        for (int i = 0; i < bytes.length; i++)
        {
            final byte[] flipped = bytes.clone();
            flipped[i] ^= 0x10;
            assertNotNull(History.damage(flipped, 77, 3), "byte " + i);
            final byte[] cut = new byte[i];
            System.arraycopy(bytes, 0, cut, 0, i);
            assertNotNull(History.damage(cut, 77, 3), "cut at " + i);
        }
        assertNull(History.damage(History.EMPTY.encode(77, 3), 77, 3));
    }
}
