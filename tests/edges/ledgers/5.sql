BEGIN TRANSACTION;
CREATE TABLE address (
        key TEXT NOT NULL,
        participant_id INTEGER NOT NULL REFERENCES participant ON DELETE CASCADE,
        email TEXT NOT NULL,
        seen_load INTEGER NOT NULL,
        PRIMARY KEY (key, participant_id)
    ) STRICT, WITHOUT ROWID;
INSERT INTO "address" VALUES('ana@gmail.com',1,'ana@gmail.com',1);
INSERT INTO "address" VALUES('ana@gmial.com',1,'ana@gmial.com',1);
INSERT INTO "address" VALUES('bo@exämple.org',2,'bo@exämple.org',1);
INSERT INTO "address" VALUES('cy@exämple.org',3,'cy@xn--exmple-cua.org',1);
INSERT INTO "address" VALUES('dee@example.org',4,'Dee@Example.org',1);
INSERT INTO "address" VALUES('dee@new.example',4,'dee@new.example',1);
INSERT INTO "address" VALUES('eve@example.org',5,'eve@example.org',1);
INSERT INTO "address" VALUES('flo@example.org',6,'flo@example.org',1);
INSERT INTO "address" VALUES('gus@example.org',7,'gus@example.org',1);
INSERT INTO "address" VALUES('hal@example.org',8,'hal@example.org',1);
INSERT INTO "address" VALUES('ida@example.org',9,'ida@example.org',1);
CREATE TABLE audit (
        seq INTEGER PRIMARY KEY,
        at TEXT NOT NULL,
        actor TEXT NOT NULL,
        action TEXT NOT NULL,
        participant INTEGER,              -- means nothing once the participant is gone
        detail TEXT,
        salt TEXT,
        digest TEXT NOT NULL,
        hash TEXT NOT NULL
    ) STRICT;
INSERT INTO "audit" VALUES(1,'2026-11-26T10:16:34+00:00','root','bounce',1,'bounced: ana@gmial.com: returned: failed: 5.1.1 550 5.1.1 no such user','bdc0a2262a7c3e15f09a1c2dbd7dbb26','3963b8e0c4f8ecab110275ef3ed1e1ca10b43892568036fdfb3013eb10979174','b9c80519b9ae24ef1150feb0c7a1ad3d4587dcfbb39065e864d497af8a059370');
INSERT INTO "audit" VALUES(2,'2026-11-26T10:16:34+00:00','root','bounce',2,'noted: bo@exämple.org: returned: delayed: 4.4.1 no answer yet','7686613b898c94a8eae9bb3b9e901603','2c199d3ea1dd8336c36fcbe46d29cf2cb5be8b5ba690fbe796f8f714264632ba','1433fd9a5674aa41ac31fefe5ff1ab48946ee65b090f4bff6aa44655121d5557');
INSERT INTO "audit" VALUES(3,'2026-11-26T10:16:34+00:00','root','correct',1,'email from "ana@gmial.com" to "ana@gmail.com"; mistyped','c55c4343bc9c2c4859470c014e0c4b25','4bd66df925ced1e5b57ec853c1e713f51ce4dec4341d3f2f491085f10f83aa96','4022b962c7e5c4d17c5a3bde814f238c2bb598cec64c9cb79e2241137d1a6f7f');
INSERT INTO "audit" VALUES(4,'2026-11-26T10:16:34+00:00','root','bounce',5,'failed: eve@example.org: returned: failed: 4.4.7 given up','ef13406b01f4da88ed66875ef7aa1c9c','506eb4326388e1059f1ef6690ed6f6d8b06d8b7abced1aa4870bf182236eed1c','6b0ae58e8b76769d4022b18754488b7f61cbb7da1d82ef2b7335d83aa8bdb34f');
INSERT INTO "audit" VALUES(5,'2026-11-26T10:16:34+00:00','root','correct',2,'name from "Bo Berg" to "Bo Borg"; married','11bdfb90f5889051c039fef326362020','fa469f25829d53e538f41e63020c512ebf24dba7000f9a13abab2cbae7d09795','3df2fa15a3f25ba2572cf0c57af7f8f9fd88d21d9b19c4b600f6fb428bafb7c8');
INSERT INTO "audit" VALUES(6,'2026-11-26T10:16:35+00:00','root','resend',2,'to bo@exämple.org','657ad20d5d9ae6748fcb47e63483f8de','805d99a5e2639a6f1bb4ba31ac6592e74ae2846fefda8ce6f2f8769ee9440493','62dfdca4d86c875a8875d7febac5b326a18ba46f5a20c0e2058d27f3d652d479');
INSERT INTO "audit" VALUES(7,'2026-11-26T10:16:35+00:00','root','rotate',4,'leaked','2879ef0f7dc9cb307db13d110d2d13fc','6caca669ebe0b065700d22d8575ad361c3a638bf716ddf2e1ae861bdf4c33e4e','76fd288be34dcd9881af93f66d49345a5c163d8e942550393a727cc98fa8ad65');
INSERT INTO "audit" VALUES(8,'2026-11-26T10:16:36+00:00','root','correct',4,'email from "Dee@Example.org" to "dee@new.example"; moved','95c10d570943c9995d98750da08c351a','bf83c7a1d43c7a1a5e4b52eaa3ad7b63f8f73cc5ae8a157b07b161bf668a8b4f','fe1c1d6efe898e9bd688f2153ccd47575d61e26ecf05b621f651445ac192e051');
INSERT INTO "audit" VALUES(9,'2026-11-26T10:16:37+00:00','root','request',6,'link to flo@example.org','9c91f919454eeef22f8a155da0e21d9d','dcc2a5816fc0b4725ef23b49833728ebe6927394d1c7aa40a4f9a84d67a3a985','82f969e1b9142a1a5ed9ad48ecad03ba42c8fd7b5ca19ec98970d1e133982b21');
INSERT INTO "audit" VALUES(10,'2026-11-26T10:16:37+00:00','root','requests',NULL,'1 answered, 0 answered before, 0 stays, 0 automatic','fa3987069d330012373fd4df1c633c35','2587ce493c0380bd7e17e6b58e943880b00298cd0732ebfacaab3bfa791985f9','edec956f4066d297f85bed9c55f91b6967b745ccc18ce28c909186c0875b3931');
INSERT INTO "audit" VALUES(11,'2026-11-26T10:16:39+00:00','root','correct',8,'name from "Hal Holm" to "Hal Holmes"; asked','26ee53d92407f27cdafa3bfea39b52fa','5167236e901f360c4f9d836690e771c2570b979454632d5363a67e3b49367a35','fe3c1eafd60c68b019d8a65576dfa9ab7996778c30b00aaed8a7cc1e67da39cb');
INSERT INTO "audit" VALUES(12,'2026-11-26T10:16:41+00:00','root','withdraw',9,'QNBQ-8CVT-BPWV-YDNF; paper','bbdd2fd4f6a12ab16e0a5429c27f2e84','bf94f5f71efa003c7252b6552f0d105d79f6e71e55b51536cc9245ea73556b82','4286637c7c8604e3c72c13e82d97bec1c48bd1a0f464605571146028c5b963ad');
INSERT INTO "audit" VALUES(13,'2026-11-26T10:16:41+00:00','root','withdraw',9,'Y9WN-T244-KQ8T-N1AZ; paper','f399e90576f8883453ca73f30da5b7f3','2a314f4c6738061400d70826a47a00b0cca5e1948b342f44ef638a70c1dab7dc','95f8cef22a46fe7899498afd38e1bd2060b194aec1396bab99bb750ecb95f335');
INSERT INTO "audit" VALUES(14,'2026-11-26T10:16:42+00:00','root','hold',7,'court','a4f957888c24a48a202470c78bc0b080','96cec73344bb9b9cbfa71980f0b47e75d3a6f168522fcc7a8579336da956ce3e','0f7d455949cc1d041ee900b894f65e32042525073bf50d7db79d45f45b6a988f');
INSERT INTO "audit" VALUES(15,'2025-11-14T14:30:00+00:00','tester','forget',9,'asked','c2ec6454bddbeda2424219395286fc9c','280868955f67073647d3dc4f533106a83e4d114fea9a5a19600c6ca8ebb18a31','297d8737ae83e913efca8663b71267ee98c12035de026cf82de647f1f52f26d0');
CREATE TABLE certificate (
        id INTEGER PRIMARY KEY,
        claim_id INTEGER NOT NULL REFERENCES claim ON DELETE CASCADE,
        number TEXT NOT NULL UNIQUE,
        kind TEXT NOT NULL,
        standing TEXT NOT NULL DEFAULT 'valid',
        issued_on TEXT NOT NULL,
        current INTEGER NOT NULL DEFAULT 0, -- the newest rendered version; 0: not issued yet
        replaces INTEGER REFERENCES certificate,
        replaced_by TEXT NOT NULL DEFAULT '',
        changed_on TEXT,
        reason TEXT NOT NULL DEFAULT ''
    ) STRICT;
INSERT INTO "certificate" VALUES(1,1,'FEDK-N0XC-17K6-6JZY','participation','valid','2025-11-14',1,NULL,'',NULL,'');
INSERT INTO "certificate" VALUES(2,1,'7290-D5EQ-0DWT-TC6J','cme','valid','2025-11-14',1,NULL,'',NULL,'');
INSERT INTO "certificate" VALUES(3,2,'8AP9-WW4V-RXCT-EAXJ','participation','corrected','2025-11-14',2,NULL,'','2026-11-26','married');
INSERT INTO "certificate" VALUES(4,2,'GFSY-W7E3-8RAB-MMTA','cme','corrected','2025-11-14',2,NULL,'','2026-11-26','married');
INSERT INTO "certificate" VALUES(5,4,'ZWK1-ERGQ-NN86-2BAE','participation','valid','2025-11-14',1,NULL,'',NULL,'');
INSERT INTO "certificate" VALUES(6,4,'2FCX-9CMB-QW9A-M16P','cme','valid','2025-11-14',1,NULL,'',NULL,'');
INSERT INTO "certificate" VALUES(7,5,'GHGB-6FYK-YAT3-TDYE','participation','valid','2025-11-14',1,NULL,'',NULL,'');
INSERT INTO "certificate" VALUES(8,5,'JKHJ-YK2A-QGZ0-ATZH','cme','valid','2025-11-14',1,NULL,'',NULL,'');
INSERT INTO "certificate" VALUES(9,6,'C1HG-22JQ-F0YH-VA5S','participation','valid','2025-11-14',1,NULL,'',NULL,'');
INSERT INTO "certificate" VALUES(10,6,'DZ8R-BM6Z-V3MM-XW1C','cme','valid','2025-11-14',1,NULL,'',NULL,'');
INSERT INTO "certificate" VALUES(11,7,'AZ9M-HJTH-Y08Q-Q8NQ','participation','valid','2025-11-14',1,NULL,'',NULL,'');
INSERT INTO "certificate" VALUES(12,7,'PYPH-1XT5-92YS-5SHJ','cme','valid','2025-11-14',1,NULL,'',NULL,'');
INSERT INTO "certificate" VALUES(13,8,'T15A-JP3G-B88F-F2DV','participation','valid','2025-11-14',1,NULL,'',NULL,'');
INSERT INTO "certificate" VALUES(14,8,'PVMK-BD2F-1WA5-K8MK','cme','valid','2025-11-14',1,NULL,'',NULL,'');
INSERT INTO "certificate" VALUES(15,9,'B9VY-KF5E-599J-G3NJ','participation','corrected','2025-11-14',2,NULL,'','2026-11-26','asked');
INSERT INTO "certificate" VALUES(16,9,'F0V8-JBMQ-FT32-8JN3','cme','corrected','2025-11-14',2,NULL,'','2026-11-26','asked');
INSERT INTO "certificate" VALUES(17,10,'YKCB-XPNR-7F65-NREG','participation','valid','2025-11-14',1,NULL,'',NULL,'');
INSERT INTO "certificate" VALUES(18,10,'J9HP-9JZT-6Q5B-RS5W','cme','valid','2025-11-14',1,NULL,'',NULL,'');
INSERT INTO "certificate" VALUES(19,11,'W0KX-AHG0-X776-7A82','participation','corrected','2025-11-14',2,NULL,'','2026-11-26','asked');
INSERT INTO "certificate" VALUES(20,11,'YPK0-WDSM-H5ER-FRET','cme','corrected','2025-11-14',2,NULL,'','2026-11-26','asked');
INSERT INTO "certificate" VALUES(21,12,'QNBQ-8CVT-BPWV-YDNF','participation','withdrawn','2025-11-14',1,NULL,'','2026-11-26','paper');
INSERT INTO "certificate" VALUES(22,12,'Y9WN-T244-KQ8T-N1AZ','cme','withdrawn','2025-11-14',1,NULL,'','2026-11-26','paper');
INSERT INTO "certificate" VALUES(23,13,'R0V7-NFVW-BY75-548G','participation','valid','2025-11-14',1,NULL,'',NULL,'');
INSERT INTO "certificate" VALUES(24,13,'BSDB-3N5A-D1C6-A8N2','cme','valid','2025-11-14',1,NULL,'',NULL,'');
INSERT INTO "certificate" VALUES(25,14,'5EJ7-6VFC-BEZT-2PP4','participation','valid','2025-11-14',1,NULL,'',NULL,'');
INSERT INTO "certificate" VALUES(26,14,'JY2X-2QCQ-7KSJ-P0FR','cme','valid','2025-11-14',1,NULL,'',NULL,'');
CREATE TABLE claim (
        id INTEGER PRIMARY KEY,
        participant_id INTEGER NOT NULL REFERENCES participant ON DELETE CASCADE,
        activity TEXT NOT NULL,
        activity_date TEXT NOT NULL,
        kept_until TEXT NOT NULL,
        download_until TEXT,              -- the activity's window, copied so that a page's state is one query
        reopened_until TEXT,
        attended INTEGER NOT NULL,
        completed_on TEXT,
        cme TEXT NOT NULL,
        abim TEXT NOT NULL,
        abp TEXT NOT NULL,
        met TEXT NOT NULL,                -- requirement names joined by commas, sorted
        said_load INTEGER NOT NULL,
        state TEXT NOT NULL DEFAULT 'changed' CHECK (state IN ('changed', 'withheld', 'settled')),
        missing TEXT NOT NULL DEFAULT '', -- of a withheld claim: kind:requirement,requirement;...
        UNIQUE (participant_id, activity)
    ) STRICT;
INSERT INTO "claim" VALUES(1,1,'meeting-2025','2025-10-29','2031-10-29',NULL,NULL,1,NULL,'5','0','0','evaluation',1,'settled','');
INSERT INTO "claim" VALUES(2,2,'meeting-2025','2025-10-29','2031-10-29',NULL,NULL,1,NULL,'6','0','0','evaluation',1,'settled','');
INSERT INTO "claim" VALUES(3,3,'meeting-2025','2025-10-29','2031-10-29',NULL,NULL,1,NULL,'7','0','0','',1,'withheld','participation:evaluation;cme:evaluation');
INSERT INTO "claim" VALUES(4,3,'second','2025-03-02','2031-03-02','2026-03-01',NULL,1,NULL,'3','0','0','',1,'settled','');
INSERT INTO "claim" VALUES(5,4,'second','2025-03-02','2031-03-02','2026-03-01',NULL,1,NULL,'3','0','0','',1,'settled','');
INSERT INTO "claim" VALUES(6,5,'second','2025-03-02','2031-03-02','2026-03-01',NULL,1,NULL,'2','0','0','',1,'settled','');
INSERT INTO "claim" VALUES(7,6,'meeting-2025','2025-10-29','2031-10-29',NULL,NULL,1,NULL,'2','0','0','evaluation',1,'settled','');
INSERT INTO "claim" VALUES(8,7,'second','2025-03-02','2031-03-02','2026-03-01',NULL,1,NULL,'2','0','0','',1,'settled','');
INSERT INTO "claim" VALUES(9,8,'second','2025-03-02','2031-03-02','2026-03-01',NULL,1,NULL,'2','0','0','',1,'settled','');
INSERT INTO "claim" VALUES(10,9,'second','2025-03-02','0001-01-01','2026-03-01',NULL,1,NULL,'4','0','0','',1,'settled','');
INSERT INTO "claim" VALUES(11,8,'meeting-2025','2025-10-29','2031-10-29',NULL,NULL,1,NULL,'2','0','0','evaluation',2,'settled','');
INSERT INTO "claim" VALUES(12,9,'meeting-2025','2025-10-29','0001-01-01',NULL,NULL,1,NULL,'3','0','0','evaluation',3,'settled','');
INSERT INTO "claim" VALUES(13,4,'meeting-2025','2025-10-29','2031-10-29',NULL,NULL,1,NULL,'3','0','0','evaluation',4,'settled','');
INSERT INTO "claim" VALUES(14,6,'second','2025-03-02','2031-03-02','2026-03-01',NULL,1,NULL,'2','0','0','',4,'settled','');
CREATE TABLE deletion (
        at TEXT NOT NULL,
        activity TEXT NOT NULL,
        activity_date TEXT NOT NULL,
        rule TEXT NOT NULL,
        certificates INTEGER NOT NULL,
        claims INTEGER NOT NULL
    ) STRICT;
INSERT INTO "deletion" VALUES('2025-01-01T00:00:00+00:00','old-meeting','2018-11-13','six years from the date of the activity',2,1);
CREATE TABLE edition (
        id INTEGER PRIMARY KEY,
        digest TEXT NOT NULL UNIQUE,
        facts TEXT NOT NULL               -- JSON
    ) STRICT;
INSERT INTO "edition" VALUES(1,'7c2081d8b4746d6643a75a846d19804e4fdd5ae3f75264f30424d2fa464231de','{"abim_statement": "", "abim_type": "", "abp_statement": "", "accreditation": "The American College of Rheumatology is accredited by the Accreditation Council for Continuing Medical Education (ACCME) to provide continuing medical education for physicians.", "activity": "meeting-2025", "designation": "", "end": "2025-10-29", "format": "live activity", "location": "Chicago, Illinois", "pars_id": "", "start": "2025-10-24", "title": "Autumn Meeting 2025", "verify_base": "https://certificates.example.org/verify/"}');
INSERT INTO "edition" VALUES(2,'b759c499e71c6ce80e315f23bba9616ebd5313b97e9580797e87e5adb573cac7','{"abim_statement": "", "abim_type": "", "abp_statement": "", "accreditation": "The American College of Rheumatology is accredited by the Accreditation Council for Continuing Medical Education (ACCME) to provide continuing medical education for physicians.", "activity": "meeting-2025", "designation": "The American College of Rheumatology designates this live activity for a maximum of 45.25 AMA PRA Category 1 Credits™. Physicians should claim only the credit commensurate with the extent of their participation in the activity.", "end": "2025-10-29", "format": "live activity", "location": "Chicago, Illinois", "pars_id": "", "start": "2025-10-24", "title": "Autumn Meeting 2025", "verify_base": "https://certificates.example.org/verify/"}');
INSERT INTO "edition" VALUES(3,'56f6200bea9f8e94a0211c0ed545694924cbe0a265d4e1a1646a61ca745f8915','{"abim_statement": "", "abim_type": "", "abp_statement": "", "accreditation": "The American College of Rheumatology is accredited by the Accreditation Council for Continuing Medical Education (ACCME) to provide continuing medical education for physicians.", "activity": "second", "designation": "", "end": "2025-03-02", "format": "live activity", "location": "Boston", "pars_id": "", "start": "2025-03-01", "title": "Second", "verify_base": "https://certificates.example.org/verify/"}');
INSERT INTO "edition" VALUES(4,'c3c46e0a7e406c9068348f5e640077d7aa12784bf52c74ec6d4613f9c663d519','{"abim_statement": "", "abim_type": "", "abp_statement": "", "accreditation": "The American College of Rheumatology is accredited by the Accreditation Council for Continuing Medical Education (ACCME) to provide continuing medical education for physicians.", "activity": "second", "designation": "The American College of Rheumatology designates this live activity for a maximum of 20 AMA PRA Category 1 Credits™. Physicians should claim only the credit commensurate with the extent of their participation in the activity.", "end": "2025-03-02", "format": "live activity", "location": "Boston", "pars_id": "", "start": "2025-03-01", "title": "Second", "verify_base": "https://certificates.example.org/verify/"}');
CREATE TABLE erased (digest TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
INSERT INTO "erased" VALUES('24e8382a82f7e9698cf66d2e56e28fed33ec3d9f201a9e41993ecab16a0c7c0e');
INSERT INTO "erased" VALUES('414261a33fd8b2cbf5b5d165ebb5f30d056cbb9385c4eafec17e903604578e38');
CREATE TABLE key (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
INSERT INTO "key" VALUES('erasure','6033bfcfb188d4c90b1d24fc026b21c28ae145da0717f531922a5bcea582483d');
CREATE TABLE load (
        id INTEGER PRIMARY KEY,
        sha256 TEXT NOT NULL UNIQUE,
        at TEXT NOT NULL,
        catalog TEXT NOT NULL DEFAULT '', -- digest of the activities it was read by; empty: not all rows were good
        rows INTEGER NOT NULL DEFAULT 0,
        claims INTEGER NOT NULL DEFAULT 0
    ) STRICT;
INSERT INTO "load" VALUES(1,'7ff1ca9c83076bfce232185c7f12d3d6ea1c896526b55c7e148091a3c953f4e1','2025-11-14T14:30:00+00:00','f7cb93c903b0fd5c48ff5080ca168f54538f16ede6fec1591fe8c29e2fab91d9',10,10);
INSERT INTO "load" VALUES(2,'55af0d7caab0a8878bd547063dfb20204e15b80844797241db7f1fcb2345c095','2025-11-14T14:30:00+00:00','f7cb93c903b0fd5c48ff5080ca168f54538f16ede6fec1591fe8c29e2fab91d9',1,1);
INSERT INTO "load" VALUES(3,'dba818819ba277d8f90826d7c542922ed38a2ebae2d6585cd6a4c13e5810baea','2025-11-14T14:30:00+00:00','f7cb93c903b0fd5c48ff5080ca168f54538f16ede6fec1591fe8c29e2fab91d9',1,1);
INSERT INTO "load" VALUES(4,'09ab43876a29402364455712214eb70ae2c8faaa1105853a77bc41a2bbddf0c8','2025-11-14T14:30:00+00:00','f7cb93c903b0fd5c48ff5080ca168f54538f16ede6fec1591fe8c29e2fab91d9',3,3);
CREATE TABLE mention (
        certificate_id INTEGER NOT NULL REFERENCES certificate ON DELETE CASCADE,
        event TEXT NOT NULL,              -- new, corrected-2, or the occasion and message of a resend
        message_id INTEGER NOT NULL REFERENCES message ON DELETE CASCADE,
        PRIMARY KEY (certificate_id, event)
    ) STRICT, WITHOUT ROWID;
INSERT INTO "mention" VALUES(1,'was-1',1);
INSERT INTO "mention" VALUES(2,'was-1',1);
INSERT INTO "mention" VALUES(3,'new',2);
INSERT INTO "mention" VALUES(4,'new',2);
INSERT INTO "mention" VALUES(5,'new',3);
INSERT INTO "mention" VALUES(6,'new',3);
INSERT INTO "mention" VALUES(7,'new',4);
INSERT INTO "mention" VALUES(8,'new',4);
INSERT INTO "mention" VALUES(9,'new',5);
INSERT INTO "mention" VALUES(10,'new',5);
INSERT INTO "mention" VALUES(11,'new',6);
INSERT INTO "mention" VALUES(12,'new',6);
INSERT INTO "mention" VALUES(13,'new',7);
INSERT INTO "mention" VALUES(14,'new',7);
INSERT INTO "mention" VALUES(15,'new',8);
INSERT INTO "mention" VALUES(16,'new',8);
INSERT INTO "mention" VALUES(17,'new',9);
INSERT INTO "mention" VALUES(18,'new',9);
INSERT INTO "mention" VALUES(1,'new',10);
INSERT INTO "mention" VALUES(2,'new',10);
INSERT INTO "mention" VALUES(3,'corrected-2',11);
INSERT INTO "mention" VALUES(4,'corrected-2',11);
INSERT INTO "mention" VALUES(3,'resent-12',12);
INSERT INTO "mention" VALUES(4,'resent-12',12);
INSERT INTO "mention" VALUES(7,'rotated-13',13);
INSERT INTO "mention" VALUES(8,'rotated-13',13);
INSERT INTO "mention" VALUES(7,'moved-14',14);
INSERT INTO "mention" VALUES(8,'moved-14',14);
INSERT INTO "mention" VALUES(11,'request-008f9e30ecead1253b1d610f5514e6de',15);
INSERT INTO "mention" VALUES(12,'request-008f9e30ecead1253b1d610f5514e6de',15);
INSERT INTO "mention" VALUES(19,'corrected-2',16);
INSERT INTO "mention" VALUES(19,'new',16);
INSERT INTO "mention" VALUES(20,'corrected-2',16);
INSERT INTO "mention" VALUES(20,'new',16);
INSERT INTO "mention" VALUES(21,'was-17',17);
INSERT INTO "mention" VALUES(22,'was-17',17);
INSERT INTO "mention" VALUES(23,'new',18);
INSERT INTO "mention" VALUES(24,'new',18);
INSERT INTO "mention" VALUES(25,'new',19);
INSERT INTO "mention" VALUES(26,'new',19);
CREATE TABLE message (
        id INTEGER PRIMARY KEY,
        message_id TEXT NOT NULL UNIQUE,
        participant_id INTEGER NOT NULL REFERENCES participant ON DELETE CASCADE,
        occasion TEXT NOT NULL,
        email TEXT NOT NULL,
        queued_at TEXT NOT NULL,
        state TEXT NOT NULL DEFAULT 'queued',
        attempt INTEGER NOT NULL DEFAULT 0,
        due_at TEXT,
        at TEXT NOT NULL,
        code INTEGER,
        enhanced TEXT NOT NULL DEFAULT '',
        text TEXT NOT NULL DEFAULT ''
    ) STRICT;
INSERT INTO "message" VALUES(1,'78fdf91d0aaa627e00a3170ffb76dc37@rheumatology.org',1,'new','ana@gmial.com','2025-11-14T14:30:00.000000+00:00','failed',1,NULL,'2026-11-26T10:16:34.411342+00:00',NULL,'','returned: failed: 5.1.1 550 5.1.1 no such user');
INSERT INTO "message" VALUES(2,'c1eaaac499239549cf701c21e66105bd@rheumatology.org',2,'new','bo@exämple.org','2025-11-14T14:30:00.000000+00:00','sent',1,NULL,'2026-11-26T10:16:33.890683+00:00',NULL,'','written to the Maildir');
INSERT INTO "message" VALUES(3,'83af633f509fdc659c471564d277b4ea@rheumatology.org',3,'new','cy@xn--exmple-cua.org','2025-11-14T14:30:00.000000+00:00','sent',1,NULL,'2026-11-26T10:16:33.890683+00:00',NULL,'','written to the Maildir');
INSERT INTO "message" VALUES(4,'b08215df3c101b7fe7f9a0141afb962a@rheumatology.org',4,'new','Dee@Example.org','2025-11-14T14:30:00.000000+00:00','sent',1,NULL,'2026-11-26T10:16:33.890683+00:00',NULL,'','written to the Maildir');
INSERT INTO "message" VALUES(5,'02f2fd727628d2661118a88c1f772047@rheumatology.org',5,'new','eve@example.org','2025-11-14T14:30:00.000000+00:00','failed',1,NULL,'2026-11-26T10:16:34.844215+00:00',NULL,'','returned: failed: 4.4.7 given up');
INSERT INTO "message" VALUES(6,'597125e27e970d23d952bcd1b0aa366e@rheumatology.org',6,'new','flo@example.org','2025-11-14T14:30:00.000000+00:00','sent',1,NULL,'2026-11-26T10:16:33.890683+00:00',NULL,'','written to the Maildir');
INSERT INTO "message" VALUES(7,'09162edd5f30db8c4d9a46473a6ad6b4@rheumatology.org',7,'new','gus@example.org','2025-11-14T14:30:00.000000+00:00','sent',1,NULL,'2026-11-26T10:16:33.890683+00:00',NULL,'','written to the Maildir');
INSERT INTO "message" VALUES(8,'4ddf506a4a1b89fc406dd85b24f0c6ae@rheumatology.org',8,'new','hal@example.org','2025-11-14T14:30:00.000000+00:00','sent',1,NULL,'2026-11-26T10:16:33.890683+00:00',NULL,'','written to the Maildir');
INSERT INTO "message" VALUES(9,'05765ae2c99964615ddf2df5ff87123b@rheumatology.org',9,'new','ida@example.org','2025-11-14T14:30:00.000000+00:00','sent',1,NULL,'2026-11-26T10:16:33.890683+00:00',NULL,'','written to the Maildir');
INSERT INTO "message" VALUES(10,'7f84267c2e8cc2d45fccd096cf05ae2e@rheumatology.org',1,'new','ana@gmail.com','2026-11-26T10:16:34.471914+00:00','sent',1,NULL,'2026-11-26T10:16:34.746231+00:00',NULL,'','written to the Maildir');
INSERT INTO "message" VALUES(11,'2d31c4b0b2a8f4db163ff7837ae041f3@rheumatology.org',2,'corrected','bo@exämple.org','2026-11-26T10:16:34.908974+00:00','sent',1,NULL,'2026-11-26T10:16:35.344196+00:00',NULL,'','written to the Maildir');
INSERT INTO "message" VALUES(12,'f48e1a9ec2e1aba7db721bad818862bd@rheumatology.org',2,'resent','bo@exämple.org','2026-11-26T10:16:35.408448+00:00','sent',1,NULL,'2026-11-26T10:16:35.858388+00:00',NULL,'','written to the Maildir');
INSERT INTO "message" VALUES(13,'2c68811a5c14457b0bcd60a286688366@rheumatology.org',4,'rotated','Dee@Example.org','2026-11-26T10:16:35.968820+00:00','sent',1,NULL,'2026-11-26T10:16:36.704295+00:00',NULL,'','written to the Maildir');
INSERT INTO "message" VALUES(14,'0a81713531eccc70a5b38c29f942241c@rheumatology.org',4,'moved','Dee@Example.org','2026-11-26T10:16:36.834473+00:00','sent',1,NULL,'2026-11-26T10:16:37.339299+00:00',NULL,'','written to the Maildir');
INSERT INTO "message" VALUES(15,'c8490f0016bb18917f4cb926b3d75f89@rheumatology.org',6,'resent','flo@example.org','2026-11-26T10:16:37.433344+00:00','sent',1,NULL,'2026-11-26T10:16:38.898764+00:00',NULL,'','written to the Maildir');
INSERT INTO "message" VALUES(16,'a8d0395d92fd6179ab96721fc3ce871d@rheumatology.org',8,'new','hal@example.org','2025-11-14T14:30:00.000000+00:00','sent',1,NULL,'2026-11-26T10:16:40.830215+00:00',NULL,'','written to the Maildir');
INSERT INTO "message" VALUES(17,'7efbb65765a887bd9a1bc743a2f7867a@rheumatology.org',9,'new','ida@example.org','2025-11-14T14:30:00.000000+00:00','failed',0,NULL,'2026-11-26T10:16:42.335655+00:00',NULL,'','not sent, no longer due: every certificate it was about was withdrawn');
INSERT INTO "message" VALUES(18,'0872d84218a8b5849709e05dd4a183e8@rheumatology.org',4,'new','dee@new.example','2025-11-14T14:30:00.000000+00:00','deferred',1,'2025-11-14T15:30:00.000000+00:00','2025-11-14T14:30:00.000000+00:00',451,'4.7.1','4.7.1 later');
INSERT INTO "message" VALUES(19,'4644c32a6fe70e5b16b99dc527f20839@rheumatology.org',6,'new','flo@example.org','2025-11-14T14:30:00.000000+00:00','unknown',1,NULL,'2025-11-14T14:30:00.000000+00:00',NULL,'','the connection died');
CREATE TABLE named (
        word TEXT NOT NULL,
        participant_id INTEGER NOT NULL REFERENCES participant ON DELETE CASCADE,
        PRIMARY KEY (word, participant_id)
    ) STRICT, WITHOUT ROWID;
INSERT INTO "named" VALUES('alva',1);
INSERT INTO "named" VALUES('ana',1);
INSERT INTO "named" VALUES('anaalva',1);
INSERT INTO "named" VALUES('berg',2);
INSERT INTO "named" VALUES('bo',2);
INSERT INTO "named" VALUES('boberg',2);
INSERT INTO "named" VALUES('boborg',2);
INSERT INTO "named" VALUES('borg',2);
INSERT INTO "named" VALUES('cole',3);
INSERT INTO "named" VALUES('cy',3);
INSERT INTO "named" VALUES('cycole',3);
INSERT INTO "named" VALUES('dee',4);
INSERT INTO "named" VALUES('deedunn',4);
INSERT INTO "named" VALUES('dunn',4);
INSERT INTO "named" VALUES('ek',5);
INSERT INTO "named" VALUES('eve',5);
INSERT INTO "named" VALUES('eveek',5);
INSERT INTO "named" VALUES('flo',6);
INSERT INTO "named" VALUES('flofry',6);
INSERT INTO "named" VALUES('fry',6);
INSERT INTO "named" VALUES('graf',7);
INSERT INTO "named" VALUES('gus',7);
INSERT INTO "named" VALUES('gusgraf',7);
INSERT INTO "named" VALUES('hal',8);
INSERT INTO "named" VALUES('halholm',8);
INSERT INTO "named" VALUES('halholmes',8);
INSERT INTO "named" VALUES('holm',8);
INSERT INTO "named" VALUES('holmes',8);
INSERT INTO "named" VALUES('ida',9);
INSERT INTO "named" VALUES('idaiske',9);
INSERT INTO "named" VALUES('iske',9);
CREATE TABLE page (path TEXT PRIMARY KEY, stamp TEXT NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO "page" VALUES('c/2j7772txxe3qw7cixqhbnxyy2s3j4day4hdrwpm','12b6170cb68c3cf5.10.1.1 2 138');
INSERT INTO "page" VALUES('c/2wguephuzp8gqhvfsedgs96nvrmuei9umsrji22','12b6170cb68c3cf5.4.1.1 2 138');
INSERT INTO "page" VALUES('c/9x3wefx9wtqqct8i8syp2z2grumssrtztbhxhgn','12b6170cb68c3cf5.18.2.2 4 276');
INSERT INTO "page" VALUES('c/abh82ghu2k2q2fprripsw4zqmxeqc5b4t9dwv4u','12b6170cb68c3cf5.7.2.2 4 276');
INSERT INTO "page" VALUES('c/hxrdfs2sdux9uxt2j52ncenyzsusds4swfcrjz8','12b6170cb68c3cf5.4.1.0.held 0 0');
INSERT INTO "page" VALUES('c/n4m3st22sznm8zbqmye5p8zcyxdkcunmegpedkk','12b6170cb68c3cf5.4.1.1 2 138');
INSERT INTO "page" VALUES('c/rmctez673z2zqqtpgkpny7brrwnvrubsd6t9snu','12b6170cb68c3cf5.5.2.2.255db28b17bf7f26 2 138');
INSERT INTO "page" VALUES('c/sedw2js6ph7nzc29hw6m4tfqwntuakch5578vww','12b6170cb68c3cf5.13.2.2 2 138');
INSERT INTO "page" VALUES('c/twnhysqvv2a99m4qdjbniqnrdtuedehfe4dgnfe','12b6170cb68c3cf5.8.2.2 4 276');
INSERT INTO "page" VALUES('gone/c/sedw2js6ph7nzc29hw6m4tfqwntuakch5578vww','');
CREATE TABLE participant (
        id INTEGER PRIMARY KEY AUTOINCREMENT, -- never given twice: the audit trail names it
        learner_id TEXT UNIQUE,
        email TEXT NOT NULL,              -- the address on record, as given
        email_key TEXT NOT NULL,
        name TEXT NOT NULL,
        credentials TEXT NOT NULL,
        said_name TEXT NOT NULL,          -- what the newest file said, beside what staff corrected
        said_credentials TEXT NOT NULL,
        said_load INTEGER NOT NULL,
        token TEXT NOT NULL UNIQUE,
        held TEXT NOT NULL DEFAULT '',    -- reason of a hold: kept beyond six years until released
        bounced TEXT NOT NULL DEFAULT '', -- what the mail system said of the address on record
        revision INTEGER NOT NULL DEFAULT 1
    ) STRICT;
INSERT INTO "participant" VALUES(1,'L1','ana@gmail.com','ana@gmail.com','Ana Alva','','Ana Alva','',1,'2wguephuzp8gqhvfsedgs96nvrmuei9umsrji22','','',4);
INSERT INTO "participant" VALUES(2,'L2','bo@exämple.org','bo@exämple.org','Bo Borg','','Bo Berg','',1,'2j7772txxe3qw7cixqhbnxyy2s3j4day4hdrwpm','','',10);
INSERT INTO "participant" VALUES(3,'L3','cy@xn--exmple-cua.org','cy@exämple.org','Cy Cole','','Cy Cole','',1,'rmctez673z2zqqtpgkpny7brrwnvrubsd6t9snu','','',5);
INSERT INTO "participant" VALUES(4,'L4','dee@new.example','dee@new.example','Dee Dunn','','Dee Dunn','',1,'twnhysqvv2a99m4qdjbniqnrdtuedehfe4dgnfe','','',8);
INSERT INTO "participant" VALUES(5,'L5','eve@example.org','eve@example.org','Eve Ek','','Eve Ek','',1,'n4m3st22sznm8zbqmye5p8zcyxdkcunmegpedkk','','',4);
INSERT INTO "participant" VALUES(6,'L6','flo@example.org','flo@example.org','Flo Fry','','Flo Fry','',1,'abh82ghu2k2q2fprripsw4zqmxeqc5b4t9dwv4u','','',7);
INSERT INTO "participant" VALUES(7,'L7','gus@example.org','gus@example.org','Gus Graf','','Gus Graf','',1,'hxrdfs2sdux9uxt2j52ncenyzsusds4swfcrjz8','court','',4);
INSERT INTO "participant" VALUES(8,'L8','hal@example.org','hal@example.org','Hal Holmes','','Hal Holm','',1,'9x3wefx9wtqqct8i8syp2z2grumssrtztbhxhgn','','',18);
INSERT INTO "participant" VALUES(9,'L9','ida@example.org','ida@example.org','Ida Iske','','Ida Iske','',1,'sedw2js6ph7nzc29hw6m4tfqwntuakch5578vww','','',13);
CREATE TABLE published (path TEXT PRIMARY KEY, stamp TEXT NOT NULL, target TEXT NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO "published" VALUES('c/2wguephuzp8gqhvfsedgs96nvrmuei9umsrji22','x','https://host.example');
CREATE TABLE reading (
        load_id INTEGER NOT NULL REFERENCES load,
        claim_id INTEGER NOT NULL REFERENCES claim ON DELETE CASCADE,
        PRIMARY KEY (load_id, claim_id)
    ) STRICT, WITHOUT ROWID;
INSERT INTO "reading" VALUES(1,1);
INSERT INTO "reading" VALUES(1,2);
INSERT INTO "reading" VALUES(1,3);
INSERT INTO "reading" VALUES(1,4);
INSERT INTO "reading" VALUES(1,5);
INSERT INTO "reading" VALUES(1,6);
INSERT INTO "reading" VALUES(1,7);
INSERT INTO "reading" VALUES(4,7);
INSERT INTO "reading" VALUES(1,8);
INSERT INTO "reading" VALUES(1,9);
INSERT INTO "reading" VALUES(1,10);
INSERT INTO "reading" VALUES(2,11);
INSERT INTO "reading" VALUES(3,12);
INSERT INTO "reading" VALUES(4,13);
INSERT INTO "reading" VALUES(4,14);
CREATE TABLE transition (
        message_id INTEGER NOT NULL REFERENCES message ON DELETE CASCADE,
        at TEXT NOT NULL,
        attempt INTEGER NOT NULL,
        state TEXT NOT NULL,
        code INTEGER,
        enhanced TEXT NOT NULL DEFAULT '',
        text TEXT NOT NULL DEFAULT ''
    ) STRICT;
INSERT INTO "transition" VALUES(1,'2025-11-14T14:30:00.000000+00:00',0,'queued',NULL,'','');
INSERT INTO "transition" VALUES(2,'2025-11-14T14:30:00.000000+00:00',0,'queued',NULL,'','');
INSERT INTO "transition" VALUES(3,'2025-11-14T14:30:00.000000+00:00',0,'queued',NULL,'','');
INSERT INTO "transition" VALUES(4,'2025-11-14T14:30:00.000000+00:00',0,'queued',NULL,'','');
INSERT INTO "transition" VALUES(5,'2025-11-14T14:30:00.000000+00:00',0,'queued',NULL,'','');
INSERT INTO "transition" VALUES(6,'2025-11-14T14:30:00.000000+00:00',0,'queued',NULL,'','');
INSERT INTO "transition" VALUES(7,'2025-11-14T14:30:00.000000+00:00',0,'queued',NULL,'','');
INSERT INTO "transition" VALUES(8,'2025-11-14T14:30:00.000000+00:00',0,'queued',NULL,'','');
INSERT INTO "transition" VALUES(9,'2025-11-14T14:30:00.000000+00:00',0,'queued',NULL,'','');
INSERT INTO "transition" VALUES(1,'2026-11-26T10:16:33.890683+00:00',1,'sent',NULL,'','written to the Maildir');
INSERT INTO "transition" VALUES(2,'2026-11-26T10:16:33.890683+00:00',1,'sent',NULL,'','written to the Maildir');
INSERT INTO "transition" VALUES(3,'2026-11-26T10:16:33.890683+00:00',1,'sent',NULL,'','written to the Maildir');
INSERT INTO "transition" VALUES(4,'2026-11-26T10:16:33.890683+00:00',1,'sent',NULL,'','written to the Maildir');
INSERT INTO "transition" VALUES(5,'2026-11-26T10:16:33.890683+00:00',1,'sent',NULL,'','written to the Maildir');
INSERT INTO "transition" VALUES(6,'2026-11-26T10:16:33.890683+00:00',1,'sent',NULL,'','written to the Maildir');
INSERT INTO "transition" VALUES(7,'2026-11-26T10:16:33.890683+00:00',1,'sent',NULL,'','written to the Maildir');
INSERT INTO "transition" VALUES(8,'2026-11-26T10:16:33.890683+00:00',1,'sent',NULL,'','written to the Maildir');
INSERT INTO "transition" VALUES(9,'2026-11-26T10:16:33.890683+00:00',1,'sent',NULL,'','written to the Maildir');
INSERT INTO "transition" VALUES(1,'2026-11-26T10:16:34.411342+00:00',1,'failed',NULL,'','returned: failed: 5.1.1 550 5.1.1 no such user');
INSERT INTO "transition" VALUES(2,'2026-11-26T10:16:34.411342+00:00',1,'sent',NULL,'','returned: delayed: 4.4.1 no answer yet');
INSERT INTO "transition" VALUES(10,'2026-11-26T10:16:34.471914+00:00',0,'queued',NULL,'','queued again: the address was corrected');
INSERT INTO "transition" VALUES(10,'2026-11-26T10:16:34.746231+00:00',1,'sent',NULL,'','written to the Maildir');
INSERT INTO "transition" VALUES(5,'2026-11-26T10:16:34.844215+00:00',1,'failed',NULL,'','returned: failed: 4.4.7 given up');
INSERT INTO "transition" VALUES(11,'2026-11-26T10:16:34.908974+00:00',0,'queued',NULL,'','');
INSERT INTO "transition" VALUES(11,'2026-11-26T10:16:35.344196+00:00',1,'sent',NULL,'','written to the Maildir');
INSERT INTO "transition" VALUES(12,'2026-11-26T10:16:35.408448+00:00',0,'queued',NULL,'','');
INSERT INTO "transition" VALUES(12,'2026-11-26T10:16:35.858388+00:00',1,'sent',NULL,'','written to the Maildir');
INSERT INTO "transition" VALUES(13,'2026-11-26T10:16:35.968820+00:00',0,'queued',NULL,'','');
INSERT INTO "transition" VALUES(13,'2026-11-26T10:16:36.704295+00:00',1,'sent',NULL,'','written to the Maildir');
INSERT INTO "transition" VALUES(14,'2026-11-26T10:16:36.834473+00:00',0,'queued',NULL,'','');
INSERT INTO "transition" VALUES(14,'2026-11-26T10:16:37.339299+00:00',1,'sent',NULL,'','written to the Maildir');
INSERT INTO "transition" VALUES(15,'2026-11-26T10:16:37.433344+00:00',0,'queued',NULL,'','');
INSERT INTO "transition" VALUES(15,'2026-11-26T10:16:38.898764+00:00',1,'sent',NULL,'','written to the Maildir');
INSERT INTO "transition" VALUES(16,'2025-11-14T14:30:00.000000+00:00',0,'queued',NULL,'','');
INSERT INTO "transition" VALUES(16,'2026-11-26T10:16:40.830215+00:00',1,'sent',NULL,'','written to the Maildir');
INSERT INTO "transition" VALUES(17,'2025-11-14T14:30:00.000000+00:00',0,'queued',NULL,'','');
INSERT INTO "transition" VALUES(17,'2026-11-26T10:16:42.335655+00:00',0,'failed',NULL,'','not sent, no longer due: every certificate it was about was withdrawn');
INSERT INTO "transition" VALUES(18,'2025-11-14T14:30:00.000000+00:00',0,'queued',NULL,'','');
INSERT INTO "transition" VALUES(19,'2025-11-14T14:30:00.000000+00:00',0,'queued',NULL,'','');
INSERT INTO "transition" VALUES(18,'2025-11-14T14:30:00.000000+00:00',1,'deferred',451,'4.7.1','4.7.1 later');
INSERT INTO "transition" VALUES(19,'2025-11-14T14:30:00.000000+00:00',1,'unknown',NULL,'','the connection died');
CREATE TABLE version (
        certificate_id INTEGER NOT NULL REFERENCES certificate ON DELETE CASCADE,
        version INTEGER NOT NULL,
        edition_id INTEGER NOT NULL REFERENCES edition,
        name TEXT NOT NULL,
        credentials TEXT NOT NULL,
        completed_on TEXT,
        cme TEXT NOT NULL,
        abim TEXT NOT NULL,
        abp TEXT NOT NULL,
        kept_until TEXT NOT NULL,
        made_on TEXT NOT NULL,
        reason TEXT NOT NULL,             -- of a correction, for the reader
        sha256 TEXT,                      -- NULL: still to be rendered
        size INTEGER,
        problem TEXT NOT NULL DEFAULT '', -- why it could not be rendered
        PRIMARY KEY (certificate_id, version)
    ) STRICT, WITHOUT ROWID;
INSERT INTO "version" VALUES(1,1,1,'Ana Alva','',NULL,'0','0','0','2031-10-29','2025-11-14','','8e14bf07f84bc2bbc29581b07046c57b94a057496d1b6e2cbfa6fb1a7d71eca7',69,'');
INSERT INTO "version" VALUES(2,1,2,'Ana Alva','',NULL,'5','0','0','2031-10-29','2025-11-14','','25dba9d0978c591dcdd1dfb6291de39d37f9149981d029b9e6d5a4ea93987675',69,'');
INSERT INTO "version" VALUES(3,1,1,'Bo Berg','',NULL,'0','0','0','2031-10-29','2025-11-14','','450fe75a55e66d3e40dc4cd09cc815efd7df16d302574cfb6fe6c2874d075bfe',69,'');
INSERT INTO "version" VALUES(3,2,1,'Bo Borg','',NULL,'0','0','0','2031-10-29','2026-11-26','married','49e3a21a5992a82beb00ebc0d66e8e0b5e3c0400002891d77c03647d87b62eab',69,'');
INSERT INTO "version" VALUES(4,1,2,'Bo Berg','',NULL,'6','0','0','2031-10-29','2025-11-14','','6ae8cca32592367161057ab5327f7779534cbbe6cc7273785ba92032c708a57f',69,'');
INSERT INTO "version" VALUES(4,2,2,'Bo Borg','',NULL,'6','0','0','2031-10-29','2026-11-26','married','c87f9864386c857f9a0703e9607825ea35a33f25395814f0bbe8d77cba741341',69,'');
INSERT INTO "version" VALUES(5,1,3,'Cy Cole','',NULL,'0','0','0','2031-03-02','2025-11-14','','bf64ba1c783d42558d659c7d0052d6d3def3631eec23f22d1612fcb2a1cab8d1',69,'');
INSERT INTO "version" VALUES(6,1,4,'Cy Cole','',NULL,'3','0','0','2031-03-02','2025-11-14','','b1685bb74b2a994a565e9f72cf5ad31350ec6dbc3671f7e92d26225bb8c8908c',69,'');
INSERT INTO "version" VALUES(7,1,3,'Dee Dunn','',NULL,'0','0','0','2031-03-02','2025-11-14','','44b20275b525e914564b89c3955af4b4a8dd3d6ba0cebcaa67e3c0a62b674b78',69,'');
INSERT INTO "version" VALUES(8,1,4,'Dee Dunn','',NULL,'3','0','0','2031-03-02','2025-11-14','','f3fc7175ce8c0a5852d4d1d2e287bc0be1bfbb43b95a5e103eb012566548f42a',69,'');
INSERT INTO "version" VALUES(9,1,3,'Eve Ek','',NULL,'0','0','0','2031-03-02','2025-11-14','','80b2b4828db4211de510d6ce1ad4bcdbb00c458ed96013b0ada4996973237cde',69,'');
INSERT INTO "version" VALUES(10,1,4,'Eve Ek','',NULL,'2','0','0','2031-03-02','2025-11-14','','90823de47a83b039f25a8c4930396b4190ba4fb05e49aa06a9843888526b0e38',69,'');
INSERT INTO "version" VALUES(11,1,1,'Flo Fry','',NULL,'0','0','0','2031-10-29','2025-11-14','','2f0d1b49357aaeb74952704e9b915e40102e99a5d7c8885f0d5bf4986e0344a2',69,'');
INSERT INTO "version" VALUES(12,1,2,'Flo Fry','',NULL,'2','0','0','2031-10-29','2025-11-14','','27295a50bbb96d2165f45191fe7715ca193bf5961efb63c097792fd1cf5a58ec',69,'');
INSERT INTO "version" VALUES(13,1,3,'Gus Graf','',NULL,'0','0','0','2031-03-02','2025-11-14','','596b7484bae2554be4c186738aaf02ed0b91d3aa018bb10d5f63acb38f45389e',69,'');
INSERT INTO "version" VALUES(14,1,4,'Gus Graf','',NULL,'2','0','0','2031-03-02','2025-11-14','','8a9420467f94385ab75e2edddfb9d0d92655ac5253445a69e4e31fa178366a62',69,'');
INSERT INTO "version" VALUES(15,1,3,'Hal Holm','',NULL,'0','0','0','2031-03-02','2025-11-14','','d37a994c73aefa46978618269789db6d09ada09699646883d28a3ab97e25b253',69,'');
INSERT INTO "version" VALUES(15,2,3,'Hal Holmes','',NULL,'0','0','0','2031-03-02','2026-11-26','asked','40f7de0777574cb1cb4b20cc3871a5355bb44c1841aedef0b7e94486b6c7221c',69,'');
INSERT INTO "version" VALUES(16,1,4,'Hal Holm','',NULL,'2','0','0','2031-03-02','2025-11-14','','746154227f502d899f2160273b9955f9a3b2dc0f24528051be8e89d28d1ebc6b',69,'');
INSERT INTO "version" VALUES(16,2,4,'Hal Holmes','',NULL,'2','0','0','2031-03-02','2026-11-26','asked','79294ef8708e0efe14bf6f85f31c81a067fe963d0e429c78baa10ecc6febfb71',69,'');
INSERT INTO "version" VALUES(17,1,3,'Ida Iske','',NULL,'0','0','0','2031-03-02','2025-11-14','','35ac1a33117aee64dc4fa5b27aaf6092779deaf560d587e702aa7e640ea7a563',69,'');
INSERT INTO "version" VALUES(18,1,4,'Ida Iske','',NULL,'4','0','0','2031-03-02','2025-11-14','','3ea5149bf91e42b7c6c6a89a0f99cf4087647a81e0b8ca34482ae2f516a535af',69,'');
INSERT INTO "version" VALUES(19,1,1,'Hal Holm','',NULL,'0','0','0','2031-10-29','2025-11-14','','e4b2cd714b4774b835a156b02ebd21263f227d561f8d996305676b3e8a94ddc2',69,'');
INSERT INTO "version" VALUES(19,2,1,'Hal Holmes','',NULL,'0','0','0','2031-10-29','2026-11-26','asked','35837f9efd11e464759d6a91625cde7f847ac60040c333cb3ac3158adc42a443',69,'');
INSERT INTO "version" VALUES(20,1,2,'Hal Holm','',NULL,'2','0','0','2031-10-29','2025-11-14','','de84713585020cd6a2be6b02ba083dd1ed475b2e63e33dc835fe4b01e228f0db',69,'');
INSERT INTO "version" VALUES(20,2,2,'Hal Holmes','',NULL,'2','0','0','2031-10-29','2026-11-26','asked','b26734837cf033285509082a8694d84f80536b15ce2aa08ea427d037a40cf445',69,'');
INSERT INTO "version" VALUES(21,1,1,'Ida Iske','',NULL,'0','0','0','2031-10-29','2025-11-14','','4f3c3e6b275f3c07026009433b6df2d61c5662794a9489d62224206e84f69de8',69,'');
INSERT INTO "version" VALUES(22,1,2,'Ida Iske','',NULL,'3','0','0','2031-10-29','2025-11-14','','614a6a73fbbc47695b9d923554c7454b9bf6a9473356fafb8c5817a0c079318a',69,'');
INSERT INTO "version" VALUES(23,1,1,'Dee Dunn','',NULL,'0','0','0','2031-10-29','2025-11-14','','7e3974da05d2d5329430fc9b6764e05ba58a0c5568c553bb415c56c790f38504',69,'');
INSERT INTO "version" VALUES(24,1,2,'Dee Dunn','',NULL,'3','0','0','2031-10-29','2025-11-14','','96d623354d00a45a6efd9eab570972e1773d5131821a4650b7e75308d8a55fb6',69,'');
INSERT INTO "version" VALUES(25,1,3,'Flo Fry','',NULL,'0','0','0','2031-03-02','2025-11-14','','0159733159731a17b95992f01e76f639f99068c63d5211f7cf5a4cad9ffc2723',69,'');
INSERT INTO "version" VALUES(26,1,4,'Flo Fry','',NULL,'2','0','0','2031-03-02','2025-11-14','','daeb46cabace88b12e582347d1c7f571f5d03501b12b5afdd5f7fd850931318b',69,'');
CREATE TABLE word (word TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
INSERT INTO "word" VALUES('alva');
INSERT INTO "word" VALUES('ana');
INSERT INTO "word" VALUES('anaalva');
INSERT INTO "word" VALUES('berg');
INSERT INTO "word" VALUES('bo');
INSERT INTO "word" VALUES('boberg');
INSERT INTO "word" VALUES('boborg');
INSERT INTO "word" VALUES('borg');
INSERT INTO "word" VALUES('cole');
INSERT INTO "word" VALUES('cy');
INSERT INTO "word" VALUES('cycole');
INSERT INTO "word" VALUES('dee');
INSERT INTO "word" VALUES('deedunn');
INSERT INTO "word" VALUES('dunn');
INSERT INTO "word" VALUES('ek');
INSERT INTO "word" VALUES('eve');
INSERT INTO "word" VALUES('eveek');
INSERT INTO "word" VALUES('flo');
INSERT INTO "word" VALUES('flofry');
INSERT INTO "word" VALUES('fry');
INSERT INTO "word" VALUES('graf');
INSERT INTO "word" VALUES('gus');
INSERT INTO "word" VALUES('gusgraf');
INSERT INTO "word" VALUES('hal');
INSERT INTO "word" VALUES('halholm');
INSERT INTO "word" VALUES('halholmes');
INSERT INTO "word" VALUES('holm');
INSERT INTO "word" VALUES('holmes');
INSERT INTO "word" VALUES('ida');
INSERT INTO "word" VALUES('idaiske');
INSERT INTO "word" VALUES('iske');
CREATE INDEX participant_email ON participant (email_key);
CREATE INDEX address_participant ON address (participant_id);
CREATE INDEX claim_kept_until ON claim (kept_until);
CREATE INDEX claim_open ON claim (state) WHERE state <> 'settled';
CREATE INDEX claim_activity ON claim (activity);
CREATE INDEX reading_claim ON reading (claim_id);
CREATE INDEX certificate_claim ON certificate (claim_id);
CREATE INDEX certificate_replaces ON certificate (replaces) WHERE replaces IS NOT NULL;
CREATE INDEX version_pending ON version (certificate_id) WHERE sha256 IS NULL;
CREATE INDEX version_sha256 ON version (sha256);
CREATE INDEX message_participant ON message (participant_id);
CREATE INDEX message_state ON message (state) WHERE state <> 'sent';
CREATE INDEX mention_message ON mention (message_id);
CREATE INDEX transition_message ON transition (message_id);
CREATE INDEX audit_participant ON audit (participant);
CREATE TRIGGER participant_shown AFTER UPDATE OF name, credentials, token ON participant
        BEGIN UPDATE participant SET revision = revision + 1 WHERE id = new.id; END;
CREATE TRIGGER claim_shown AFTER UPDATE OF missing, download_until, reopened_until ON claim
        BEGIN UPDATE participant SET revision = revision + 1 WHERE id = new.participant_id; END;
CREATE TRIGGER claim_gone AFTER DELETE ON claim
        BEGIN UPDATE participant SET revision = revision + 1 WHERE id = old.participant_id; END;
CREATE TRIGGER certificate_shown AFTER UPDATE OF standing, current, replaced_by, reason ON certificate
        BEGIN UPDATE participant SET revision = revision + 1
        WHERE id = (SELECT participant_id FROM claim WHERE id = new.claim_id); END;
CREATE INDEX named_participant ON named (participant_id);
CREATE TRIGGER word_gone AFTER DELETE ON named
        BEGIN DELETE FROM word WHERE word = old.word
        AND NOT EXISTS (SELECT 1 FROM named WHERE word = old.word); END;
CREATE TRIGGER participant_renamed AFTER UPDATE OF name, said_name ON participant
        WHEN old.name <> new.name OR old.said_name <> new.said_name
        BEGIN DELETE FROM named WHERE participant_id = new.id;
        INSERT INTO named SELECT value, new.id FROM json_each(name_words(new.name, new.said_name));
        INSERT INTO word SELECT value FROM json_each(name_words(new.name, new.said_name)) WHERE true
        ON CONFLICT DO NOTHING; END;
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('participant',9);
COMMIT;
PRAGMA user_version = 5;
