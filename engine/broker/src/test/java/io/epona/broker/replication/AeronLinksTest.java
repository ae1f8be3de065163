package io.epona.broker.replication;

import io.epona.broker.FreePorts;
import io.epona.codecs.ResultCode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

class AeronLinksTest
{
    @RegisterExtension
    final LinkNetwork network = new LinkNetwork();

    @TempDir
    Path dir;

    private LinkNode start(final int brokerId)
    {
        return network.start(dir, brokerId, FreePorts.choose());
    }

    @Test
    void shouldExchangeDataAndControlBothWays()
    {
        final LinkNode one = start(1);
        final LinkNode two = start(2);
        assertEquals(ResultCode.NOT_CONNECTED.code(), one.data(2, 0, 100));
        network.connect(one, two);

        for (int i = 0; i < 100; i++)
        {
            assertTrue(one.data(2, i, 100 + 8 * i) > 0);
            assertTrue(one.control(2, 1000 + i, 100) > 0);
            assertTrue(two.data(1, 2000 + i, 104) > 0);
            assertTrue(two.control(1, 3000 + i, 64) > 0);
        }
        network.await("all came", () -> two.received().size() >= 202 && one.received().size() >= 202);
        assertEquals(202, one.received().size());
        assertEquals(202, two.received().size());
    }
}
