/**
 * What a broker that is alone has in place of a cluster: {@link io.epona.engine.cluster.Coordination} on a file, and
 * what makes topics on it.
 */
package io.epona.engine.local;
