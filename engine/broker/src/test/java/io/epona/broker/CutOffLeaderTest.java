package io.epona.broker;

import io.epona.coordination.TcpProxy;
import org.junit.jupiter.api.Test;

import java.util.List;

import static org.junit.jupiter.api.Assertions.assertNotEquals;

/**
 * A leader that is cut off from ZooKeeper, and not from its clients: it goes on naming itself, and what it takes has no
 * followers any more.
 */
class CutOffLeaderTest extends BrokersFixture
{
    @Test
    void keepsNoClientFromTheNextLeaderAlsoWhereItIsTheFirstOneAsked()
    {
        final List<TcpProxy> ways = brokers.waysToZooKeeper(3);
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
}
