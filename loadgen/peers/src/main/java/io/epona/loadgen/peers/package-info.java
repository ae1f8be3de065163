/**
 * Systems of others that Epona is compared with, behind loadgen's driver interface.
 */
package io.epona.loadgen.peers;
