package io.epona.broker.replication;

import io.epona.broker.FreePorts;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;

/** Brokers 1 and 2, connected both ways. */
abstract class LinkPairFixture
{
    static final int LENGTH = 104;

    @RegisterExtension
    final LinkNetwork network = new LinkNetwork();

    @TempDir
    Path dir;

    LinkNode one;
    LinkNode two;

    @BeforeEach
    void connect()
    {
        one = network.start(dir, 1, FreePorts.choose());
        two = network.start(dir, 2, FreePorts.choose());
        network.connect(one, two);
    }
}
