package io.epona.broker;

import io.epona.coordination.TcpProxy;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertNotEquals;

/**
 * A leader that is cut off from ZooKeeper, and not from its clients: it goes on naming itself, and what it takes has no
 * followers any more.
 */
class CutOffLeaderTest
{
    private static final String TOPIC = "orders";
    private static final int RECORDS = 300;

    @TempDir
    private Path dir;

    @RegisterExtension
    private final BrokerReports reports = new BrokerReports();

    @Test
    void keepsNoClientFromTheNextLeaderAlsoWhereItIsTheFirstOneAsked()
    {
        final List<TcpProxy> ways = new ArrayList<>();
        try (TestBrokers brokers = new TestBrokers(dir, reports))
        {
            for (int i = 0; i < 3; i++)
            {
                ways.add(new TcpProxy(brokers.zooKeeper().port()));
            }
            brokers.connectStrings((brokerId) -> "127.0.0.1:" + ways.get(brokerId).port());
            final int cutOff = brokers.startWithTopic(3, TOPIC);
            try (NumberedRecords records = new NumberedRecords(brokers.connect(cutOff), TOPIC))
            {
                records.send(RECORDS);
                records.settle();

                ways.get(cutOff).cut();
                brokers.silent(cutOff);
                // Nobody sends meanwhile: its clients hear of nothing that would make them look for another leader.
                final int next = brokers.awaitLeader(TOPIC, 0, 2);
                assertNotEquals(cutOff, next);
                records.send(RECORDS);
                records.settle();

                ways.get(cutOff).heal();
                brokers.silent(-1);
                brokers.awaitLeader(TOPIC, 0, 3);
                records.send(RECORDS);
                records.settle();
            }
        }
        finally
        {
            ways.forEach(TcpProxy::close);
        }
    }
}
